"""Measures over codes. Pure: gold codes, predicted codes and rankings in, numbers out.

A missing prediction (None: declined, or taken for no job) is wrong at every level.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from isco.core.codes import UNIT_LEVEL, shared_digits, truncate


def accuracy(gold: Sequence[str], predicted: Sequence[str | None], level: int) -> float:
    """Share of items whose code is right to `level` digits (1 to 4); a shorter code is wrong."""
    right = sum(
        guess is not None
        and len(guess) >= level
        and truncate(code, level) == truncate(guess, level)
        for code, guess in zip(gold, predicted, strict=True)
    )
    return _share(right, len(gold))


def lca_score(gold: Sequence[str], predicted: Sequence[str | None]) -> float:
    """Mean of shared leading digits ÷ 4, the score of the European Statistics Awards' challenge."""
    digits = sum(
        shared_digits(code, guess or "") for code, guess in zip(gold, predicted, strict=True)
    )
    return _share(digits, UNIT_LEVEL * len(gold))


def recall(gold: Sequence[str], rankings: Sequence[Sequence[str]], depth: int) -> float:
    """Share of items whose code is among the first `depth` of their ranking of distinct codes."""
    found = sum(code in ranking[:depth] for code, ranking in zip(gold, rankings, strict=True))
    return _share(found, len(gold))


def macro_f1(gold: Sequence[str], predicted: Sequence[str | None]) -> float:
    """scikit-learn's macro F1 over the codes that occur, in gold or predictions.

    A missing prediction is no code of its own: it is missed, but nothing is found wrongly.
    """
    numbers, guesses = numbered(gold, predicted)
    codes = np.union1d(numbers, guesses[guesses > 0])
    if not len(codes):
        return 0.0
    return float(f1_score(numbers, guesses, labels=codes, average="macro", zero_division=0))


def numbered(
    gold: Sequence[str], predicted: Sequence[str | None]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Gold and predicted codes as the same numbers from 1, a missing prediction as 0."""
    numbers: dict[str | None, int] = {None: 0}
    pairs = [
        [numbers.setdefault(code, len(numbers)) for code in pair]
        for pair in zip(gold, predicted, strict=True)
    ]
    columns = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]


def macro_f1_of_numbers(gold: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """As `macro_f1`, of one code or more as `numbered` gives them: for a thousand resamples.

    scikit-learn's takes 10 ms for each, mostly over its checks.
    """
    codes = int(max(gold.max(), predicted.max())) + 1
    hits = np.bincount(gold[gold == predicted], minlength=codes)
    either = np.bincount(gold, minlength=codes) + np.bincount(predicted, minlength=codes)
    occurring = either[1:] > 0
    return float(np.mean(2 * hits[1:][occurring] / either[1:][occurring]))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
