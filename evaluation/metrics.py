"""Measures over codes. Pure: gold codes, predicted codes and rankings in, numbers out.

A missing prediction (None: declined, or taken for no job) is wrong at every level.
"""

from collections.abc import Sequence

from isco.codes import UNIT_LEVEL, shared_digits, truncate


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
    """Mean over the codes that occur, in gold or predictions, of F1 = 2TP / (2TP + FP + FN)."""
    codes = {*gold, *(guess for guess in predicted if guess is not None)}
    if not codes:
        return 0.0
    hits, gold_count, guess_count = (dict.fromkeys(codes, 0) for _ in range(3))
    for code, guess in zip(gold, predicted, strict=True):
        gold_count[code] += 1
        if guess is not None:
            guess_count[guess] += 1
            hits[code] += code == guess
    return sum(2 * hits[c] / (gold_count[c] + guess_count[c]) for c in codes) / len(codes)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
