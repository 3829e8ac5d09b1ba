"""What is fitted on labelled ads, and how that is stored with them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isco.core.calibration import LEVELS, LogisticModel

_DIGITS = 4
_FEWEST = 30


@dataclass(frozen=True, slots=True)
class Combination:
    """How much counts, for each code of an ad: the logarithm of its share of the vote, its score in
    the search, the logarithm of what labelled ads say, that of how often it was given.

    What labelled ads say is a number around 0: it counts from `size` on.
    """

    vote: float = 1.0
    search: float = 0.6
    labelled: float = 1.0
    frequency: float = 0.0
    size: float = 0.3

    @property
    def weights(self) -> tuple[float, float, float, float]:
        """In that order."""
        return (self.vote, self.search, self.labelled, self.frequency)


@dataclass(frozen=True, slots=True)
class Gain:
    """Accuracy at 4 digits of `ads` labelled ads, none of which had a say in itself: by the
    taxonomy alone, and with what was learned of the others."""

    ads: int
    before: float
    after: float

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return _rounded(self)


@dataclass(frozen=True, slots=True)
class LearnedFit:
    """Fitted on the labelled ads learned at the moment `until` (ISO 8601) or before, `ads` of them,
    whose `members` are a hash of which have which codes; `confidence` are models of the probability
    by level."""

    ads: int
    until: str
    members: str
    combination: Combination
    confidence: Mapping[int, LogisticModel]
    gain: Gain

    @property
    def expected(self) -> Gain | None:
        """What to expect on new ads; None of few ads, of which it is luck how many are right."""
        return self.gain if self.gain.ads >= _FEWEST else None

    @property
    def origin(self) -> str:
        """What the confidence rests on, for people."""
        return (
            f"{self.gain.ads} of {self.ads} labelled ads, each judged as if it had not been learned"
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, numbers with four decimals."""
        return {
            "ads": self.ads,
            "until": self.until,
            "members": self.members,
            "combination": _rounded(self.combination),
            "confidence": {str(level): model.as_dict() for level, model in self.confidence.items()},
            "gain": self.gain.as_dict(),
        }

    @staticmethod
    def of(values: Mapping[str, Any]) -> "LearnedFit":
        """The inverse of `as_dict`. Raises KeyError, TypeError or ValueError for what is none."""
        return LearnedFit(
            ads=int(values["ads"]),
            until=str(values["until"]),
            members=str(values["members"]),
            combination=Combination(**values["combination"]),
            confidence={
                level: LogisticModel.of(values["confidence"][str(level)]) for level in LEVELS
            },
            gain=Gain(**values["gain"]),
        )


def _rounded(values: Combination | Gain) -> dict[str, float]:
    return {name: round(getattr(values, name), _DIGITS) for name in values.__slots__}
