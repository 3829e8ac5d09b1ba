"""What is fitted on labelled ads, and how that is stored with them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isco.core.calibration import LEVELS, LogisticModel
from isco.core.records import Form

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

    @property
    def expected(self) -> "Gain | None":
        """What to expect on new ads; None of few ads, of which it is luck how many are right."""
        return self if self.ads >= _FEWEST else None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return _rounded(self)


@dataclass(frozen=True, slots=True)
class FormFit:
    """Fitted on labelled ads of one form; `confidence` are models of the probability by level."""

    combination: Combination
    confidence: Mapping[int, LogisticModel]
    gain: Gain

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, numbers with four decimals."""
        return {
            "combination": _rounded(self.combination),
            "confidence": {str(level): model.as_dict() for level, model in self.confidence.items()},
            "gain": self.gain.as_dict(),
        }

    @staticmethod
    def of(values: Mapping[str, Any]) -> "FormFit":
        """The inverse of `as_dict`. Raises KeyError, TypeError or ValueError for what is none."""
        return FormFit(
            combination=Combination(**values["combination"]),
            confidence={
                level: LogisticModel.of(values["confidence"][str(level)]) for level in LEVELS
            },
            gain=Gain(**values["gain"]),
        )


@dataclass(frozen=True, slots=True)
class LearnedFit:
    """Fitted on the labelled ads learned at the moment `until` (ISO 8601) or before, `ads` of them,
    whose `members` are a hash of which have which codes. Ads of a form that is not in `forms` are
    decided as without a fit."""

    ads: int
    until: str
    members: str
    forms: Mapping[Form, FormFit]

    @property
    def gain(self) -> Gain:
        """Over all forms together."""
        gains = [fit.gain for fit in self.forms.values()]
        ads = sum(gain.ads for gain in gains)
        before = sum(gain.before * gain.ads for gain in gains) / ads
        return Gain(ads, before, sum(gain.after * gain.ads for gain in gains) / ads)

    @property
    def combinations(self) -> dict[Form, Combination]:
        """How labelled ads are weighed, by form."""
        return {form: fit.combination for form, fit in self.forms.items()}

    @property
    def confidence(self) -> dict[Form, Mapping[int, LogisticModel]]:
        """Models of the probability, by form and level."""
        return {form: fit.confidence for form, fit in self.forms.items()}

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
            "forms": {str(form): fit.as_dict() for form, fit in self.forms.items()},
        }

    @staticmethod
    def of(values: Mapping[str, Any]) -> "LearnedFit":
        """The inverse of `as_dict`. Raises KeyError, TypeError or ValueError for what is none."""
        return LearnedFit(
            ads=int(values["ads"]),
            until=str(values["until"]),
            members=str(values["members"]),
            forms={Form(form): FormFit.of(fit) for form, fit in values["forms"].items()},
        )


def _rounded(values: Combination | Gain) -> dict[str, float]:
    return {name: round(getattr(values, name), _DIGITS) for name in values.__slots__}
