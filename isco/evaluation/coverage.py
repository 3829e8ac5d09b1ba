"""How many ads are answered, how far, and how right those answers are. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isco.core.codes import UNIT_LEVEL
from isco.evaluation.intervals import Counted, Interval, rounded, wilson

NO_CODE = 0
ANSWER_LEVELS = (4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Accepted(Counted):
    """The answers whose confidence is `threshold` or more: their share of all ads, how right."""

    threshold: float
    n: int
    right: int
    coverage: float

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "coverage": round(self.coverage, 4),
            "accuracy": round(self.accuracy, 4),
            "interval": rounded(self.interval),
            "threshold": self.threshold,
            "n": self.n,
        }


def coverage_curve(
    confidences: Sequence[float], right: Sequence[bool], ads: int
) -> tuple[Accepted, ...]:
    """One point for each distinct confidence, the highest first; `ads` counts the unanswered too.

    Answers of one confidence are accepted together, because no threshold can part them.
    """
    if not confidences:
        return ()
    order = np.argsort(-np.asarray(confidences), kind="stable")
    sorted_confidences = np.asarray(confidences)[order]
    hits = np.cumsum(np.asarray(right, dtype=np.int64)[order])
    last_of_its_kind = np.append(sorted_confidences[1:] != sorted_confidences[:-1], True)
    return tuple(
        Accepted(float(sorted_confidences[at]), int(at) + 1, int(hits[at]), (int(at) + 1) / ads)
        for at in np.flatnonzero(last_of_its_kind)
    )


def coverage_at(curve: Sequence[Accepted], accuracy: float) -> Accepted | None:
    """The point of the curve that covers most among those that are at least so accurate."""
    enough = [point for point in curve if point.right >= accuracy * point.n - 1e-9]
    return enough[-1] if enough else None


@dataclass(frozen=True, slots=True)
class LevelResult:
    """The ads answered with a code of `level` digits (0: with none), and how many are right.

    An answer is right here when the known code lies in the group that it names.
    """

    level: int
    n: int
    share: float
    right: int

    @property
    def accuracy(self) -> float | None:
        """Share of these answers that are right as far as they go; None without any."""
        return self.right / self.n if self.n and self.level else None

    @property
    def interval(self) -> Interval:
        """Of the accuracy."""
        return wilson(self.right, self.n)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        accuracy = None if self.accuracy is None else round(self.accuracy, 4)
        return {"n": self.n, "share": round(self.share, 4), "accuracy": accuracy}


def coverage_by_level(
    gold: Sequence[str], predicted: Sequence[str | None]
) -> dict[int, LevelResult]:
    """Results by the number of digits of the answer: 4, 3, 2, 1, and 0 for no code."""
    counts = dict.fromkeys((*ANSWER_LEVELS, NO_CODE), 0)
    right = dict(counts)
    for code, guess in zip(gold, predicted, strict=True):
        level = min(len(guess or ""), UNIT_LEVEL)
        counts[level] += 1
        right[level] += bool(guess) and code.startswith(guess or "")
    return {
        level: LevelResult(level, count, count / len(gold) if gold else 0.0, right[level])
        for level, count in counts.items()
    }
