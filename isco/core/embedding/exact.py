"""Products whose last digit is the same however many vectors are multiplied at once. Pure.

BLAS adds up in another order for other shapes, by the place in a batch, on other processors and
with other threads, and each order rounds otherwise. Here vectors are whole numbers of steps, so few
that no partial sum needs more digits than a float32 has (whole numbers up to 2^24): nothing is
rounded, in whatever order. A cosine is moved by .0001.
"""

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.base import Vectors

# Of a length of 1. Its square is 5% below 2^24, for rounding lengthens a vector by .5% at most.
STEPS = 4000
# Of 1, for numbers of other kinds, which are multiplied in float64 (whole numbers up to 2^53): a
# sum of the products' absolute values may be up to 2^16.
_FINE, _FINER = 2.0**17, 2.0**20


def in_steps(vectors: Vectors) -> Vectors:
    """Rows of length 1 or less, in whole numbers of steps."""
    return np.asarray(np.rint(vectors * np.float32(STEPS)))


def cosines(some: Vectors, others: Vectors) -> Vectors:
    """The products of rows that are `in_steps`, shapes (n, dimension), (m, dimension): (n, m)."""
    products = some @ others.T
    products *= np.float32(1 / STEPS**2)
    return products


def in_fine_steps(matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    """What `sums` are made with, in whole numbers of steps."""
    return np.rint(matrix.astype(np.float64) * _FINER)


def sums(weights: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weighted sums of the rows of a matrix that is `in_fine_steps`, shapes (n, rows) and
    (rows, m): (n, m).

    Exact while none of them would exceed 65,536 with all signs the same.
    """
    whole = np.rint(weights.astype(np.float64) * _FINE)
    return ((whole @ matrix) / (_FINE * _FINER)).astype(np.float32)
