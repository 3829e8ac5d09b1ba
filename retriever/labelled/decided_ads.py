"""Labelled ads by the decisions behind them. Pure."""

from collections.abc import Iterable

from isco.core.store import LabelledAd


def decided_ads(ads: Iterable[LabelledAd]) -> list[LabelledAd]:
    """One ad a decision: the one that was before the coder, or else the first of those that got
    their code with it. What people said once speaks once, however many ads it was for."""
    said = list(ads)
    heard = {(ad.source, ad.id, ad.codes) for ad in said if not ad.like}
    found = []
    for ad in said:
        if ad.like:
            decision = (ad.source, ad.like, ad.codes)
            if decision in heard:
                continue
            heard.add(decision)
        found.append(ad)
    return found
