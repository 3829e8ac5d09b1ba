"""Probabilities and their logits, as `scipy.special` has them, without its import. Pure."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

# exp of more is no double.
_FURTHEST = 709.0


def logit(probability: float) -> float:
    """ln(p / (1 - p)); infinite for 0 and 1."""
    if probability in (0, 1):
        return math.inf if probability else -math.inf
    return math.log(probability / (1 - probability))


def expit(logit: float) -> float:
    """The inverse of `logit`."""
    return 1 / (1 + math.exp(min(-logit, _FURTHEST)))


def softmax(scores: ArrayLike) -> NDArray[np.float64]:
    """exp of the scores, divided by their sum, which is over the last axis."""
    found = np.asarray(scores, dtype=np.float64)
    raised = np.exp(found - found.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def log_of_sum(logs: Sequence[float]) -> float:
    """ln of the sum of exp of `logs`, at least one of them finite."""
    highest = max(logs)
    return highest + math.log(sum(math.exp(log - highest) for log in logs))
