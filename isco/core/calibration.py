"""What makes a probability of how clear a case is, and how that is stored. Pure.

Logistic models (Platt 1999) of a few numbers, fitted on labelled ads; one model a level, since a
shorter code is right more often. A calibration belongs to the embedding model whose scores it has
seen; for others it has models that go by the share of the vote alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from isco.core.odds import expit, logit
from isco.core.records import Form

LEVELS = (4, 3, 2, 1)
SHARE = "share"
FEATURES = (SHARE, "name", "spelling", "nearness", "lead", "own name", "foreign", "said", "unknown")
# The signals of the search in which it counts, for a title alone, how far the answer is ahead.
LEADING = ("labels", "lexical", "head", "document", "words")
LEADS = {signal: f"lead by {signal}" for signal in LEADING}
# What the models of titles alone see, each by itself and multiplied with each.
TITLE_FEATURES = (
    *(name for name in FEATURES if name not in ("foreign", "unknown")),
    "listed",
    *LEADS.values(),
)
_FAMILIES = ("full", "by_share", "learned", "unread", "texts")
_OPTIONAL = ("learned", "unread", "texts")
# What `unread` and `texts` see of what the other models say: its logit.
SAID = "logit"
# The signal of the search in which it counts, for an ad with a text, how far the answer is ahead:
# what `texts` sees beside it.
LEADING_TEXTS = "words"
AHEAD = LEADS[LEADING_TEXTS]
_TIMES = " × "
_DIGITS = 4


def product(*features: str) -> str:
    """The name of features multiplied."""
    return _TIMES.join(features)


@cache
def factors(term: str) -> tuple[str, ...]:
    """The features that a term multiplies; often it is one of them itself."""
    return tuple(term.split(_TIMES))


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """The logit is `bias` and the weighted sum of features, and of products of features."""

    bias: float
    weights: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON and YAML types, numbers with four decimals; weights that are 0 are left
        out."""
        weights = {term: round(weight, _DIGITS) for term, weight in self.weights.items()}
        return {
            "bias": round(self.bias, _DIGITS),
            "weights": {term: weight for term, weight in weights.items() if weight},
        }

    @staticmethod
    def of(values: Mapping[str, Any]) -> "LogisticModel":
        """The inverse of `as_dict`. Raises KeyError, TypeError, ValueError or AttributeError."""
        weights = {name: float(weight) for name, weight in values["weights"].items()}
        return LogisticModel(float(values["bias"]), weights)

    def probability(self, features: Mapping[str, float]) -> float:
        """Between 0 and 1. KeyError for a feature that is not there."""
        total = self.bias
        for term, weight in self.weights.items():
            for name in factors(term):
                weight *= features[name]
            total += weight
        return expit(total)


# The share of codes, once labelled ads had a say in it, is nearly a probability as it is.
AS_IT_IS: Mapping[int, LogisticModel] = {
    level: LogisticModel(0.0, {SHARE: 1.0}) for level in LEVELS
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
    def unknown(self) -> bool:
        """Whether no name like the title is known."""
        ...

    @property
    def unread(self) -> bool:
        """Whether there is a text whose vector does not count."""
        ...

    @property
    def leads(self) -> Mapping[str, float]:
        """How far the code is ahead in signals of the search, by name, as far as that is known."""
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
    `by_share` have seen titles, of any language, and few ads with a text: what `full` says of these
    is moved by `texts` where it is known how far the answer is ahead by words; else what they say
    of an unread text is by `unread`. A title alone in one of the languages of `titles`, which is
    like some name, is judged by these where the search has all signals that they look at.
    """

    origin: str
    embedding: str
    full: Mapping[int, LogisticModel]
    by_share: Mapping[int, LogisticModel]
    learned: Mapping[int, LogisticModel] = field(default_factory=lambda: dict(AS_IT_IS))
    unread: Mapping[int, LogisticModel] = field(default_factory=dict)
    texts: Mapping[int, LogisticModel] = field(default_factory=dict)
    titles: Mapping[str, Mapping[int, LogisticModel]] = field(default_factory=dict)
    fitted: Mapping[Form, Mapping[int, LogisticModel]] = field(default_factory=dict)

    def probabilities(self, case: Case, embedding: str) -> dict[int, float]:
        """By level, the probability that the group of that level is right.

        A group that the next deeper one belongs to is at least as likely as that.
        """
        models = self._models(case, embedding)
        moved = self._moving(case, models)
        found: dict[int, float] = {}
        for level in LEVELS:
            features = case.features(level)
            said = models[level].probability(features)
            if moved:
                said = moved[level].probability({**features, SAID: logit(said)})
            found[level] = said
            deeper = level + 1
            if deeper in found and case.codes[deeper].startswith(case.codes[level]):
                found[level] = max(found[level], found[deeper])
        return found

    def _models(self, case: Case, embedding: str) -> Mapping[int, LogisticModel]:
        if case.labelled:
            return self.fitted.get(case.form, self.learned)
        if embedding != self.embedding or None in (case.name, case.spelling):
            return self.by_share
        # Titles that are like no name are too few to be fitted on.
        plain = case.form == Form.TITLE and not (case.foreign or case.unknown)
        if plain and case.leads.keys() >= LEADS.keys():
            return self.titles.get(case.language or "", self.full)
        return self.full

    def _moving(
        self, case: Case, models: Mapping[int, LogisticModel]
    ) -> Mapping[int, LogisticModel] | None:
        """What moves what the models say, if anything does."""
        if case.labelled or case.form == Form.TITLE:
            return None
        if self.texts and models is self.full and LEADING_TEXTS in case.leads:
            return self.texts
        return self.unread if case.unread else None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON and YAML types, numbers with four decimals."""
        return {
            "origin": self.origin,
            "embedding": self.embedding,
            **{
                name: {level: model.as_dict() for level, model in getattr(self, name).items()}
                for name in _FAMILIES
                if getattr(self, name)
            },
            "titles": {
                language: {level: model.as_dict() for level, model in models.items()}
                for language, models in self.titles.items()
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
        titles = {str(name): _by_level(some) for name, some in (values.get("titles") or {}).items()}
        _require_known(models.values(), {*FEATURES, SAID, AHEAD})
        _require_known(titles.values(), set(TITLE_FEATURES))
        return Calibration(
            str(values["origin"]),
            str(values["embedding"]),
            models["full"],
            models["by_share"],
            models.get("learned", dict(AS_IT_IS)),
            models.get("unread", {}),
            models.get("texts", {}),
            titles,
        )


def _by_level(values: Mapping[Any, Mapping[str, Any]]) -> dict[int, LogisticModel]:
    by_level = {int(level): model for level, model in values.items()}
    return {level: LogisticModel.of(by_level[level]) for level in LEVELS}


def _require_known(families: Iterable[Mapping[int, LogisticModel]], known: set[str]) -> None:
    terms = {term for models in families for model in models.values() for term in model.weights}
    for name in sorted({name for term in terms for name in factors(term)} - known):
        raise ValueError(f"there is no feature {name!r}")
