"""What makes a probability of how clear a case is, and how that is stored. Pure.

Logistic models (Platt 1999) of a few numbers, fitted on labelled ads; one model a level, since a
shorter code is right more often. A calibration belongs to the embedding model whose scores it has
seen; for others it has models that go by the share of the vote alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from scipy.special import expit, logit

from isco.core.records import Form

LEVELS = (4, 3, 2, 1)
SHARE = "share"
FEATURES = (SHARE, "name", "spelling", "nearness", "lead", "own name", "foreign", "said", "unknown")
_FAMILIES = ("full", "by_share", "learned", "unread")
_OPTIONAL = ("learned", "unread")
# What `unread` and `bare` see: the logit of what the other models say.
SAID = "logit"
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """The logit is `bias` and the weighted sum of features."""

    bias: float
    weights: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON and YAML types, numbers with four decimals."""
        weights = {name: round(weight, _DIGITS) for name, weight in self.weights.items()}
        return {"bias": round(self.bias, _DIGITS), "weights": weights}

    @staticmethod
    def of(values: Mapping[str, Any]) -> "LogisticModel":
        """The inverse of `as_dict`. Raises KeyError, TypeError, ValueError or AttributeError."""
        weights = {name: float(weight) for name, weight in values["weights"].items()}
        return LogisticModel(float(values["bias"]), weights)

    def probability(self, features: Mapping[str, float]) -> float:
        """Between 0 and 1. KeyError for a feature that is not there."""
        return float(expit(self.bias + sum(w * features[n] for n, w in self.weights.items())))


# The share of codes, once labelled ads had a say in it, is nearly a probability as it is.
AS_IT_IS: Mapping[int, LogisticModel] = {
    level: LogisticModel(0.0, {SHARE: 1.0}) for level in LEVELS
}
_BELIEVED: Mapping[int, LogisticModel] = {
    level: LogisticModel(0.0, {SAID: 1.0}) for level in LEVELS
}


class Case(Protocol):
    """How clear a decision is: `codes` by level, two signals that may not be known, features."""

    @property
    def codes(self) -> Mapping[int, str]:
        """The group that is decided on at each level."""
        ...

    @property
    def name(self) -> float | None:
        """The signal "labels" of the code's nearest leaf."""
        ...

    @property
    def spelling(self) -> float | None:
        """The signal "lexical" of it."""
        ...

    @property
    def labelled(self) -> bool:
        """Whether labelled ads had a say in the shares."""
        ...

    @property
    def form(self) -> Form:
        """What the ad consists of."""
        ...

    @property
    def language(self) -> str | None:
        """The one that the ad was searched in, if that is known."""
        ...

    @property
    def foreign(self) -> bool:
        """Whether the ad is in a language that the taxonomy lacks."""
        ...

    @property
    def unread(self) -> bool:
        """Whether there is a text whose vector does not count."""
        ...

    def features(self, level: int) -> dict[str, float]:
        """What the models of `level` see, by name."""
        ...


@dataclass(frozen=True, slots=True)
class Calibration:
    """Models by level (4 to 1 digits), and what they were fitted on, for people.

    `full` sees all features of searches with the embedding model `embedding`; `by_share` the share
    alone, for every other search; `learned` the share that labelled ads had a say in, for ads of
    a form that is not in `fitted`: what labelled ads of one's own gave, by their form. `full` and
    `by_share` have seen ads whose texts were read, and titles of any language: what `full` and
    `by_share` say of ads that have an unread text is moved by `unread`, what `full` says of a
    title alone in one of the languages of `bare` by that.
    """

    origin: str
    embedding: str
    full: Mapping[int, LogisticModel]
    by_share: Mapping[int, LogisticModel]
    learned: Mapping[int, LogisticModel] = field(default_factory=lambda: dict(AS_IT_IS))
    unread: Mapping[int, LogisticModel] = field(default_factory=lambda: dict(_BELIEVED))
    bare: Mapping[str, Mapping[int, LogisticModel]] = field(default_factory=dict)
    fitted: Mapping[Form, Mapping[int, LogisticModel]] = field(default_factory=dict)

    def probabilities(self, case: Case, embedding: str) -> dict[int, float]:
        """By level, the probability that the group of that level is right.

        A group that the next deeper one belongs to is at least as likely as that.
        """
        same_model = embedding == self.embedding and None not in (case.name, case.spelling)
        models = self.full if same_model else self.by_share
        if case.labelled:
            models = self.fitted.get(case.form, self.learned)
        moved = self._moving(case, same_model)
        found: dict[int, float] = {}
        for level in LEVELS:
            said = models[level].probability(case.features(level))
            found[level] = moved[level].probability({SAID: float(logit(said))}) if moved else said
            deeper = level + 1
            if deeper in found and case.codes[deeper].startswith(case.codes[level]):
                found[level] = max(found[level], found[deeper])
        return found

    def _moving(self, case: Case, same_model: bool) -> Mapping[int, LogisticModel] | None:
        """What moves what the models say of a case, if anything does."""
        if case.labelled:
            return None
        if case.unread:
            return self.unread
        if same_model and case.form == Form.TITLE and not case.foreign:
            return self.bare.get(case.language or "")
        return None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON and YAML types, numbers with four decimals."""
        return {
            "origin": self.origin,
            "embedding": self.embedding,
            **{
                name: {level: model.as_dict() for level, model in getattr(self, name).items()}
                for name in _FAMILIES
            },
            "bare": {
                language: {level: model.as_dict() for level, model in models.items()}
                for language, models in self.bare.items()
            },
        }

    @staticmethod
    def of(values: Mapping[str, Any]) -> "Calibration":
        """The inverse of `as_dict`, levels as numbers or, from JSON, as strings.

        Raises KeyError, TypeError, ValueError or AttributeError for what is none.
        """
        models: dict[str, Mapping[int, LogisticModel]] = {
            family: _by_level(values[family])
            for family in _FAMILIES
            if family in values or family not in _OPTIONAL
        }
        bare = {str(name): _by_level(some) for name, some in (values.get("bare") or {}).items()}
        every = [*models.values(), *bare.values()]
        for name in {n for some in every for m in some.values() for n in m.weights}:
            if name not in (*FEATURES, SAID):
                raise ValueError(f"there is no feature {name!r}")
        return Calibration(
            str(values["origin"]),
            str(values["embedding"]),
            models["full"],
            models["by_share"],
            models.get("learned", dict(AS_IT_IS)),
            models.get("unread", dict(_BELIEVED)),
            bare,
        )


def _by_level(values: Mapping[Any, Mapping[str, Any]]) -> dict[int, LogisticModel]:
    by_level = {int(level): model for level, model in values.items()}
    return {level: LogisticModel.of(by_level[level]) for level in LEVELS}
