"""How right classified ads are, and what their confidence is worth."""

from collections.abc import Sequence

import numpy as np

from benchmarks.confidence import calibration_error
from isco.evaluation.metrics import accuracy, recall
from isco.retriever.deciding.voting import longest_sure
from isco.retriever.pipeline import Classified

TARGET = 0.9


def figures(gold: Sequence[str], found: Sequence[Classified]) -> dict[str, float]:
    """Accuracy and recall@10."""
    codes = [item.prediction.isco_code for item in found]
    return {
        "accuracy": accuracy(gold, codes, 4),
        "recall@10": recall(gold, [item.code_ranking for item in found], 10),
    }


def how_sure(gold: Sequence[str], found: Sequence[Classified]) -> dict[str, float]:
    """What the confidence is worth."""
    sure = np.array([item.prediction.confidence for item in found])
    right = np.array(
        [item.prediction.isco_code == code for code, item in zip(gold, found, strict=True)]
    )
    answers = [
        (code, item.prediction.isco_code)
        if item.prediction.path == "coded"
        else (code, answer.isco_code if (answer := longest_sure(item.answers, TARGET)) else None)
        for code, item in zip(gold, found, strict=True)
    ]
    given = [(code, answer) for code, answer in answers if answer]
    return {
        "says": float(sure.mean()),
        "error": calibration_error(sure, right),
        "four digits": sum(len(answer) == 4 for _, answer in given) / len(answers),
        "answered": len(given) / len(answers),
        "right": sum(code.startswith(answer) for code, answer in given) / max(len(given), 1),
    }
