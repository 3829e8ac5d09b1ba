"""What makes a probability of how clear a case is, and how that is stored. Pure.

Logistic models (Platt 1999) of a few numbers, fitted on labelled ads; one model a level, since a
shorter code is right more often. A calibration belongs to the embedding model whose scores it has
seen; for others it has models that go by the share of the vote alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from scipy.special import expit

LEVELS = (4, 3, 2, 1)
FEATURES = ("share", "name", "spelling", "nearness", "lead", "own name", "foreign")
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """The logit is `bias` and the weighted sum of features."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, features: Mapping[str, float]) -> float:
        """Between 0 and 1. KeyError for a feature that is not there."""
        return float(expit(self.bias + sum(w * features[n] for n, w in self.weights.items())))


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

    def features(self, level: int) -> dict[str, float]:
        """What the models of `level` see, by name."""
        ...


@dataclass(frozen=True, slots=True)
class Calibration:
    """Models by level (4 to 1 digits), and what they were fitted on, for people.

    `full` sees all features of searches with the embedding model `embedding`; `by_share` the share
    alone, for every other search.
    """

    origin: str
    embedding: str
    full: Mapping[int, LogisticModel]
    by_share: Mapping[int, LogisticModel]

    def probabilities(self, case: Case, embedding: str) -> dict[int, float]:
        """By level, the probability that the group of that level is right.

        A group that the next deeper one belongs to is at least as likely as that.
        """
        same_model = embedding == self.embedding and None not in (case.name, case.spelling)
        models = self.full if same_model else self.by_share
        found: dict[int, float] = {}
        for level in LEVELS:
            found[level] = models[level].probability(case.features(level))
            deeper = level + 1
            if deeper in found and case.codes[deeper].startswith(case.codes[level]):
                found[level] = max(found[level], found[deeper])
        return found

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON and YAML types, numbers with four decimals."""
        values = asdict(self)
        for key in ("full", "by_share"):
            for model in values[key].values():
                model["bias"] = round(model["bias"], _DIGITS)
                model["weights"] = {n: round(w, _DIGITS) for n, w in model["weights"].items()}
        return values

    @staticmethod
    def of(values: Mapping[str, Any]) -> "Calibration":
        """The inverse of `as_dict`, levels as numbers or, from JSON, as strings.

        Raises KeyError, TypeError, ValueError or AttributeError for what is none.
        """
        models: dict[str, dict[int, LogisticModel]] = {}
        for key in ("full", "by_share"):
            by_level = {int(level): model for level, model in values[key].items()}
            models[key] = {
                level: LogisticModel(
                    float(by_level[level]["bias"]),
                    {name: float(w) for name, w in by_level[level]["weights"].items()},
                )
                for level in LEVELS
            }
        for name in {name for m in models["full"].values() for name in m.weights} - set(FEATURES):
            raise ValueError(f"there is no feature {name!r}")
        return Calibration(
            str(values["origin"]), str(values["embedding"]), models["full"], models["by_share"]
        )
