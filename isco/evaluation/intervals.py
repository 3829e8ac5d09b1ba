"""95% confidence intervals: Wilson's for shares, else the percentile bootstrap. Pure.

Sources: Wilson (1927), Journal of the American Statistical Association 22; Efron & Tibshirani
(1993), An Introduction to the Bootstrap, chapter 13.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from isco.core.codes import UNIT_LEVEL, shared_digits
from isco.evaluation.metrics import macro_f1_of_numbers, numbered

Interval = tuple[float, float]

NOTHING_KNOWN: Interval = (0.0, 1.0)
_CONFIDENCE = 0.95
_RESAMPLES = 1000
_SEED = 0
_DRAWN_AT_ONCE = 1_000_000


def wilson(hits: int, of: int) -> Interval:
    """The interval of the share `hits` ÷ `of`; all from 0 to 1 when there is nothing to share."""
    if not of:
        return NOTHING_KNOWN
    found = stats.binomtest(hits, of).proportion_ci(_CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


class Counted:
    """What counts `n` answers, at least one, of which `right` are right."""

    n: int
    right: int

    @property
    def accuracy(self) -> float:
        """Share of them that is right."""
        return self.right / self.n

    @property
    def interval(self) -> Interval:
        """Of the accuracy."""
        return wilson(self.right, self.n)


def bootstrap(size: int, statistic: Callable[[NDArray[np.int64]], float]) -> Interval:
    """The interval of a statistic of `size` items, which is told the positions that were drawn.

    scipy's percentile bootstrap: 1,000 resamples by a fixed seed, so that the same items always
    have the same interval.
    """
    if not size:
        return NOTHING_KNOWN
    items = np.arange(size)
    if size == 1:  # There is but one resample, and scipy asks for more.
        return statistic(items), statistic(items)
    ends = stats.bootstrap(
        (items,),
        statistic,
        n_resamples=_RESAMPLES,
        batch=max(1, _DRAWN_AT_ONCE // size),
        vectorized=False,
        confidence_level=_CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return float(ends.low), float(ends.high)


@dataclass(frozen=True, slots=True)
class Intervals:
    """The intervals of an evaluation's measures of the same names."""

    accuracy: dict[int, Interval]
    lca: Interval
    recall: dict[int, Interval]
    ceiling: Interval
    macro_f1: Interval

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types: [low, high] with four decimals."""
        return {
            "accuracy": {str(level): rounded(ends) for level, ends in self.accuracy.items()},
            "lca": rounded(self.lca),
            "recall": {str(depth): rounded(ends) for depth, ends in self.recall.items()},
            "ceiling": rounded(self.ceiling),
            "macro_f1": rounded(self.macro_f1),
        }


def measure_intervals(
    gold: Sequence[str],
    predicted: Sequence[str | None],
    accuracies: Mapping[int, float],
    recalls: Mapping[int, float],
    within: int,
) -> Intervals:
    """The intervals of all measures; `within` counts the ads whose code is among the candidates."""
    ads = len(gold)
    digits = [shared_digits(code, guess or "") for code, guess in zip(gold, predicted, strict=True)]
    scores = np.asarray(digits, dtype=np.float64) / UNIT_LEVEL
    numbers, guesses = numbered(gold, predicted)
    return Intervals(
        accuracy={level: _of_share(share, ads) for level, share in accuracies.items()},
        lca=bootstrap(ads, lambda drawn: float(scores[drawn].mean())),
        recall={depth: _of_share(share, ads) for depth, share in recalls.items()},
        ceiling=wilson(within, ads),
        macro_f1=bootstrap(ads, lambda drawn: macro_f1_of_numbers(numbers[drawn], guesses[drawn])),
    )


def rounded(interval: Interval) -> list[float]:
    """[low, high] with four decimals."""
    return [round(end, 4) for end in interval]


def _of_share(share: float, of: int) -> Interval:
    return wilson(round(share * of), of)
