"""The confidence fitted on labelled ads, each judged as if it had not been learned."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from isco.records import Profile
from isco.settings import ConfidenceSettings
from retriever.confidence import ConfidenceFit
from retriever.confidence_fits import (
    SHIPPED,
    equal_sets,
    fit_as_dict,
    fit_confidence,
    fit_of,
    load_fit,
)
from retriever.deciding import Decider

# Fewer ads say less of the confidence than those of the shipped fit; more change it no further.
FEWEST, MOST = 200, 1000
NOTE = "confidence"
_SEED = 0
_BATCH = 256


def confidence_fit(settings: ConfidenceSettings, notes: Mapping[str, Any]) -> ConfidenceFit | None:
    """The fit that is configured; instead of the shipped one that of the labelled ads' `notes`.

    Raises ConfigError when the configured one is none.
    """
    if settings.fit is None:
        return None
    if settings.fit == SHIPPED and NOTE in notes:
        return fit_of(notes[NOTE])
    return load_fit(settings.fit)


def fit_on_labelled(
    decider: Decider, embedding: str, progress: Callable[[int], None] | None = None
) -> ConfidenceFit | None:
    """A fit on up to 1,000 of the decider's labelled ads; None for fewer than 200.

    None as well when all are right or all are wrong at some level. Labelled ads of the same title
    have no say in each other: what is fitted is how sure one can be of an ad not seen before.
    `progress` is told of ads that are judged.
    """
    ads = decider.labelled.ads if decider.labelled else ()
    if len(ads) < FEWEST:
        return None
    chosen = random.Random(_SEED).sample(ads, min(MOST, len(ads)))
    pairs = []
    for start in range(0, len(chosen), _BATCH):
        batch = chosen[start : start + _BATCH]
        decided = decider.decide(
            [Profile(ad.title, ad.description) for ad in batch], own_titles_apart=True
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
        return fit_confidence(equal_sets([pairs]), origin, embedding)
    except ValueError:
        return None


def note_of(fit: ConfidenceFit | None) -> dict[str, Any]:
    """What is kept with the labelled ads, for `confidence_fit`."""
    return {NOTE: fit_as_dict(fit)} if fit else {}
