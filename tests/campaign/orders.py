"""Ads that order the machine to code them as something else, with a model that obeys."""

import sys
from pathlib import Path

from tests.campaign.outcome import Outcome
from tests.support.orders import generate
from tests.support.orders.obedient import WAYS, classifier_of, led_elsewhere, starter_searchers

_AS_MANY_AS_TRANSLATED = 4


def orders(folder: Path, number: int, seed: int) -> list[Outcome]:
    """An ad is lost that ends in a code which it would not have without the order."""
    searchers = starter_searchers()
    outcomes = []
    for way, keys in WAYS.items():
        outcome = Outcome(f"orders to the machine, {way}")
        share = number // _AS_MANY_AS_TRANSLATED if way == "translation" else number
        ads = generate(share, seed)
        led = led_elsewhere(ads, classifier_of(searchers, folder), keys)
        outcome.tries = len(ads)
        outcome.lost = [f"{ad.language}, {ad.wrapping}: {ad.order}" for ad in led]
        print(f"{outcome.kind}: {outcome.tries}", file=sys.stderr, flush=True)
        outcomes.append(outcome)
    return outcomes
