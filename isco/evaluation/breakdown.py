"""Results by what ads have in common: language, length, the path of the answer. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from isco.core.records import PredictionPath
from isco.evaluation.intervals import Counted, rounded
from isco.evaluation.scored_ads import ScoredAd

UNKNOWN_LANGUAGE = "unknown"

# Upper ends of the bands of text length, in characters; fixed, so that sets can be compared.
_BANDS = ((0, "title only"), (500, "1–500"), (1500, "501–1,500"), (3000, "1,501–3,000"))
_LONGEST = "over 3,000"
LENGTH_BANDS = (*(name for _, name in _BANDS), _LONGEST)


@dataclass(frozen=True, slots=True)
class Subgroup(Counted):
    """Some of the ads: how many are right to four digits, and how sure the answers are.

    `confidence` is the mean over those that got a code; None when none did.
    """

    n: int
    right: int
    share: float
    confidence: float | None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "n": self.n,
            "share": round(self.share, 4),
            "accuracy": round(self.accuracy, 4),
            "interval": rounded(self.interval),
            "confidence": None if self.confidence is None else round(self.confidence, 4),
        }


def by_path(ads: Sequence[ScoredAd]) -> dict[str, Subgroup]:
    """Results by path, in the order of `PredictionPath`."""
    return _subgroups(ads, lambda ad: str(ad.path), map(str, PredictionPath))


def by_length(ads: Sequence[ScoredAd]) -> dict[str, Subgroup]:
    """Results by the length of the text in characters, the shortest first."""
    return _subgroups(ads, _band, LENGTH_BANDS)


def by_language(ads: Sequence[ScoredAd]) -> dict[str, Subgroup]:
    """Results by language, the most frequent first."""
    found = _subgroups(ads, lambda ad: ad.language or UNKNOWN_LANGUAGE)
    return dict(sorted(found.items(), key=lambda item: (-item[1].n, item[0])))


def _band(ad: ScoredAd) -> str:
    return next((name for end, name in _BANDS if ad.characters <= end), _LONGEST)


def _subgroups(
    ads: Sequence[ScoredAd], key: Callable[[ScoredAd], str], order: Iterable[str] | None = None
) -> dict[str, Subgroup]:
    """The ads by `key`; those of `order` that occur, or all, in the order in which they do."""
    members: defaultdict[str, list[ScoredAd]] = defaultdict(list)
    for ad in ads:
        members[key(ad)].append(ad)
    names = list(members) if order is None else [name for name in order if name in members]
    return {name: _subgroup(members[name], len(ads)) for name in names}


def _subgroup(members: Sequence[ScoredAd], of: int) -> Subgroup:
    confidences = [ad.confidence for ad in members if ad.code]
    return Subgroup(
        n=len(members),
        right=sum(ad.right for ad in members),
        share=len(members) / of,
        confidence=sum(confidences) / len(confidences) if confidences else None,
    )
