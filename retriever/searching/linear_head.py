"""The linear classifier of titles over the unit groups, trained when the taxonomy was ingested."""

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.base import Vectors, unit_rows
from isco.core.embedding.exact import cosines, in_steps


class LinearHead:
    """Weights and bias of each unit group, shape (codes, dimension + 1)."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        weights, self._bias = rows[:, :-1], rows[:, -1]
        self._lengths = np.linalg.norm(weights, axis=1)
        self._directions = in_steps(unit_rows(weights))

    def logits(self, titles: Vectors) -> Vectors:
        """Of title vectors, shape (n, dimension), for each code, shape (n, codes); zeros for one
        that is zeros."""
        logits = cosines(in_steps(titles), self._directions) * self._lengths + self._bias
        logits[~titles.any(axis=1)] = 0
        return np.asarray(logits, dtype=np.float32)
