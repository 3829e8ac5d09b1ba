"""The confidence fitted on labelled ads, each decided on as if it had not been learned."""

import random
from collections.abc import Callable, Sequence

from isco.core.calibration import Calibration
from isco.core.records import Profile
from isco.core.store import LabelledAd
from isco.retriever.deciding.calibration_fitting import equal_sets, fit_calibration
from isco.retriever.deciding.decider import Decider
from isco.retriever.preparing.language import LanguageGuess
from isco.retriever.searching.query import Query

# Fewer ads say less of the confidence than those of the shipped fit; more change it no further.
FEWEST, MOST = 200, 1000
_SEED = 0
_BATCH = 256


def calibrate_on_labelled(
    decider: Decider, embedding: str, progress: Callable[[int], None] | None = None
) -> Calibration | None:
    """A fit on up to 1,000 of the decider's labelled ads; None for fewer than 200.

    None as well when all are right or all are wrong at some level. Labelled ads of the same title
    have no say in each other: what is fitted is how sure one can be of an ad not seen before.
    `progress` is told of ads that are decided on.
    """
    ads = decider.labelled.ads if decider.labelled else ()
    if len(ads) < FEWEST:
        return None
    chosen = random.Random(_SEED).sample(ads, min(MOST, len(ads)))
    pairs = []
    for start in range(0, len(chosen), _BATCH):
        batch = chosen[start : start + _BATCH]
        decided = decider.decide(
            [_query(ad, decider.searchers.languages) for ad in batch], leave_one_out=True
        )
        pairs += [
            (found.evidence, ad.isco_code)
            for ad, found in zip(batch, decided, strict=True)
            if found.evidence
        ]
        if progress:
            progress(len(batch))
    origin = f"{len(pairs)} of {len(ads)} labelled ads, each judged without those of its title"
    try:
        return fit_calibration(equal_sets([pairs]), origin, embedding)
    except ValueError:
        return None


def _query(ad: LabelledAd, languages: Sequence[str]) -> Query:
    """The ad as it would be searched for; of its whole text the job-like sentences are kept."""
    known = ad.language in languages and ad.language
    guesses = (LanguageGuess(known, 1.0),) if known else ()
    return Query(Profile(ad.title, ad.description), ad.description, guesses)
