"""Two configurations on the same ads: which is better, and whether that can be chance. Pure.

Both answer the same ads, so the differences are resampled ad by ad (paired bootstrap), and four
digits are tested by the ads that only one of them has right (McNemar's test, exact).

Source: McNemar (1947), Psychometrika 12.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from isco.core.codes import truncate
from isco.evaluation.evaluation import LEVELS, Evaluation
from isco.evaluation.intervals import Interval, bootstrap, rounded
from isco.evaluation.scored_ads import ScoredAd

# The two answers to one ad, A's and B's.
Answers = tuple[ScoredAd, ScoredAd]

_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the configuration's name, its results, and how long they took in seconds.

    `changed` are the keys of the configuration that differ from the default.
    """

    name: str
    evaluation: Evaluation
    seconds: float
    changed: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "configuration": self.name,
            "changed": dict(self.changed),
            "seconds": round(self.seconds, 2),
            "evaluation": self.evaluation.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Accuracies at one level, and B's minus A's with its 95% interval."""

    a: float
    b: float
    interval: Interval

    @property
    def value(self) -> float:
        """B's accuracy minus A's."""
        return self.b - self.a

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "a": round(self.a, 4),
            "b": round(self.b, 4),
            "difference": round(self.value, 4),
            "interval": rounded(self.interval),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """A and B on the same ads. `only_a` and `only_b` pair the two answers to each ad of which
    only that side has all four digits right; `p_value` is McNemar's."""

    a: Side
    b: Side
    differences: dict[int, Difference]
    both: int
    neither: int
    only_a: tuple[Answers, ...]
    only_b: tuple[Answers, ...]
    p_value: float

    @property
    def n(self) -> int:
        """Number of ads."""
        return self.a.evaluation.n

    @property
    def shared_settings(self) -> dict[str, Any]:
        """The keys that both set alike, and not as the default."""
        return {
            key: value
            for key, value in self.a.changed.items()
            if key in self.b.changed and self.b.changed[key] == value
        }

    @property
    def differing_settings(self) -> dict[str, tuple[Any, Any]]:
        """The keys that A and B set differently, with both values; "default" where one has that."""
        shared = self.shared_settings
        return {
            key: (self.a.changed.get(key, _DEFAULT), self.b.changed.get(key, _DEFAULT))
            for key in {**self.a.changed, **self.b.changed}
            if key not in shared
        }

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals; ads by their ids."""
        return {
            "n": self.n,
            "accuracy": {str(level): found.as_dict() for level, found in self.differences.items()},
            "both_right": self.both,
            "only_a_right": [ad.id for ad, _ in self.only_a],
            "only_b_right": [ad.id for ad, _ in self.only_b],
            "neither_right": self.neither,
            "mcnemar_p": float(f"{self.p_value:.4g}"),
            "a": self.a.as_dict(),
            "b": self.b.as_dict(),
        }


def compare(a: Side, b: Side) -> Comparison:
    """Compare two sides. ValueError when they do not rest on the same ads in the same order."""
    pairs = list(zip(a.evaluation.ads, b.evaluation.ads, strict=True))
    for left, right in pairs:
        if (left.id, left.gold) != (right.id, right.gold):
            raise ValueError(f"{left.id!r} and {right.id!r} are not the same ad")
    only_a = tuple(pair for pair in pairs if pair[0].right and not pair[1].right)
    only_b = tuple(pair for pair in pairs if pair[1].right and not pair[0].right)
    both = sum(left.right and right.right for left, right in pairs)
    differ = len(only_a) + len(only_b)
    return Comparison(
        a=a,
        b=b,
        differences={level: _difference(a.evaluation, b.evaluation, level) for level in LEVELS},
        both=both,
        neither=len(pairs) - both - differ,
        only_a=only_a,
        only_b=only_b,
        p_value=mcnemar(len(only_a), len(only_b)),
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """How probable it is by chance that of the ads that one side alone has right so many are the
    one's and so many the other's; 1 without any."""
    differ = only_a + only_b
    return float(binomtest(only_b, differ).pvalue) if differ else 1.0


def _difference(a: Evaluation, b: Evaluation, level: int) -> Difference:
    gain = _right(b.ads, level) - _right(a.ads, level)
    return Difference(
        a=a.accuracy[level],
        b=b.accuracy[level],
        interval=bootstrap(len(gain), lambda drawn: float(gain[drawn].mean())),
    )


def _right(ads: Sequence[ScoredAd], level: int) -> NDArray[np.float64]:
    """1 for each ad that is right to `level` digits, as in `metrics.accuracy`; else 0."""
    return np.array([truncate(ad.gold, level) == (ad.code or "")[:level] for ad in ads], float)
