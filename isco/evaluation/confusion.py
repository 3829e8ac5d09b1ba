"""Which groups are taken for which others. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from isco.evaluation.scored_ads import ScoredAd

MAJOR_GROUPS = tuple("0123456789")
NO_CODE = "none"
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """Ads of the unit group `gold` that were given the code `predicted`, with some of them."""

    gold: str
    predicted: str
    n: int
    examples: tuple[ScoredAd, ...]


def major_confusion(
    gold: Sequence[str], predicted: Sequence[str | None]
) -> dict[str, dict[str, int]]:
    """Ads by the major group of their known code and that of the answer ("none" without one)."""
    counts = {group: dict.fromkeys((*MAJOR_GROUPS, NO_CODE), 0) for group in MAJOR_GROUPS}
    for code, guess in zip(gold, predicted, strict=True):
        counts[code[0]][guess[0] if guess else NO_CODE] += 1
    return counts


def confused_pairs(ads: Sequence[ScoredAd], most: int) -> tuple[ConfusedPair, ...]:
    """Up to `most` pairs of codes that were confused most often; of equal ones the surest first.

    Each has up to three examples, again the surest first: those that a threshold on the
    confidence would not catch. An answer that is right as far as it goes is no confusion.
    """
    wrong: defaultdict[tuple[str, str], list[ScoredAd]] = defaultdict(list)
    for ad in sorted(ads, key=lambda ad: (-ad.confidence, ad.id)):
        if ad.code and not ad.right_as_far:
            wrong[ad.gold, ad.code].append(ad)
    ranked = sorted(
        wrong.items(), key=lambda item: (-len(item[1]), -item[1][0].confidence, item[0])
    )
    return tuple(
        ConfusedPair(gold, predicted, len(found), tuple(found[:_EXAMPLES]))
        for (gold, predicted), found in ranked[:most]
    )
