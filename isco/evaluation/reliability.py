"""Whether a confidence means what it says: bins, calibration error, Brier score. Pure.

Bins hold equally many answers (Nguyen & O'Connor 2015), but answers of one confidence are never
parted, so that the result does not depend on their order. These are the bins of scikit-learn's
`calibration_curve` by quantiles, with the size and the ends of each, which it does not tell and
which the error and the intervals need. The calibration error of a small sample is above zero even
for a perfect confidence; how much is found by drawing outcomes from the confidences themselves
(Bröcker & Smith 2007).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss

from isco.evaluation.intervals import Counted

_BINS = 10
_DRAWS = 1000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Bin(Counted):
    """Answers of like confidence, from `low` to `high`; `confidence` is their mean."""

    low: float
    high: float
    confidence: float
    n: int
    right: int

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "n": self.n,
            "low": self.low,
            "high": self.high,
            "confidence": round(self.confidence, 4),
            "accuracy": round(self.accuracy, 4),
        }


@dataclass(frozen=True, slots=True)
class Reliability:
    """`ece` is the expected calibration error: the mean distance, over the answers, of their bin's
    accuracy from its confidence.

    `by_chance` is what it would be on average if the confidence were perfect, and `by_chance_high`
    what it would exceed in one of twenty such samples. `brier` is the mean square of confidence
    minus outcome (0 or 1), `brier_of_constant` that of saying the overall accuracy every time.
    """

    bins: tuple[Bin, ...]
    ece: float
    by_chance: float
    by_chance_high: float
    brier: float
    brier_of_constant: float

    @property
    def n(self) -> int:
        """Number of answers."""
        return sum(part.n for part in self.bins)

    @property
    def accuracy(self) -> float:
        """Share of the answers that is right."""
        return sum(part.right for part in self.bins) / self.n

    @property
    def is_explained_by_chance(self) -> bool:
        """Whether a perfect confidence could well have had such an error on so few ads."""
        return self.ece <= self.by_chance_high


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> Reliability | None:
    """How confidences (0 to 1) agree with what was right, in up to ten bins; None without any."""
    if not confidences:
        return None
    given = np.asarray(confidences, dtype=np.float64)
    outcomes = np.asarray(right, dtype=np.float64)
    order = np.lexsort((outcomes, given))
    given, outcomes = given[order], outcomes[order]
    starts = _starts(given)
    simulated = _errors_by_chance(given, starts)
    accuracy = outcomes.mean()
    return Reliability(
        bins=_bins(given, outcomes, starts),
        ece=_calibration_error(given, outcomes, starts),
        by_chance=float(simulated.mean()),
        by_chance_high=float(np.quantile(simulated, 0.95)),
        brier=float(brier_score_loss(outcomes, given, pos_label=1)),
        brier_of_constant=float(accuracy * (1 - accuracy)),
    )


def _starts(confidences: NDArray[np.float64]) -> NDArray[np.int64]:
    """Where each bin begins in the sorted confidences: at equal counts, moved past ties."""
    cuts = np.arange(_BINS) * len(confidences) // _BINS
    first_of_its_kind = np.searchsorted(confidences, confidences[cuts], side="left")
    past_ties = np.searchsorted(confidences, confidences[cuts], side="right")
    starts = np.where(first_of_its_kind == cuts, cuts, past_ties)
    return np.unique(starts[starts < len(confidences)])


def _bins(
    confidences: NDArray[np.float64], outcomes: NDArray[np.float64], starts: NDArray[np.int64]
) -> tuple[Bin, ...]:
    ends = [*starts[1:], len(confidences)]
    return tuple(
        Bin(
            low=float(confidences[start]),
            high=float(confidences[end - 1]),
            confidence=float(confidences[start:end].mean()),
            n=int(end - start),
            right=int(outcomes[start:end].sum()),
        )
        for start, end in zip(starts, ends, strict=True)
    )


def _calibration_error(
    confidences: NDArray[np.float64], outcomes: NDArray[np.float64], starts: NDArray[np.int64]
) -> float:
    """Σ over bins of n · |accuracy − confidence| ÷ N, which is |Σ outcome − Σ confidence| ÷ N."""
    distances = np.add.reduceat(outcomes - confidences, starts)
    return float(np.abs(distances).sum() / len(confidences))


def _errors_by_chance(
    confidences: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    draws = np.random.default_rng(_SEED)
    outcomes = (draws.random(len(confidences)) < confidences for _ in range(_DRAWS))
    return np.array(
        [_calibration_error(confidences, drawn.astype(np.float64), starts) for drawn in outcomes]
    )
