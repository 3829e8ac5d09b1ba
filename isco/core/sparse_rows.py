"""Rows of sparse matrices: terms counted by hash, lengths, weights, and how they are stored."""

from collections.abc import Iterable, Sequence
from typing import Any

import mmh3
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Row = tuple[NDArray[np.int64], NDArray[np.float32]]


def hashed_counts(texts: Iterable[Iterable[str]], dimensions: int) -> sparse.csr_matrix:
    """How often each term stands in each text, given as its terms; shape (texts, dimensions).

    A term's column is its hash: those of scikit-learn's HashingVectorizer.
    """
    columns: list[int] = []
    ends = [0]
    for terms in texts:
        columns += [abs(mmh3.hash(term)) % dimensions for term in terms]
        ends.append(len(columns))
    counts = sparse.csr_matrix(
        (np.ones(len(columns), dtype=np.float32), np.array(columns, dtype=np.int32), ends),
        shape=(len(ends) - 1, dimensions),
    )
    counts.sum_duplicates()
    return counts


def inverse_document_frequency(counts: sparse.csr_matrix) -> NDArray[np.float32]:
    """Smoothed: ln((1 + n) / (1 + df)) + 1, as in scikit-learn's TfidfTransformer."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.asarray(np.log((1 + counts.shape[0]) / (1 + frequency)) + 1, dtype=np.float32)


def unit_rows(product: Any) -> sparse.csr_matrix:
    """Rows scaled to length 1; a row of zeros stays. Lengths are summed in double precision."""
    matrix = sparse.csr_matrix(product)
    owner = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    squares = np.bincount(owner, weights=matrix.data * matrix.data, minlength=matrix.shape[0])
    lengths = np.sqrt(squares)[owner]
    scaled = (matrix.data / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return sparse.csr_matrix((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)


def row_of(matrix: sparse.csr_matrix, position: int) -> Row:
    """A row as (indices, values)."""
    low, high = matrix.indptr[position], matrix.indptr[position + 1]
    return matrix.indices[low:high].astype(np.int64), matrix.data[low:high]


def matrix_of(rows: Sequence[Row], columns: int) -> sparse.csr_matrix:
    """The inverse of `row_of`: rows one below the other, shape (len(rows), columns), float32."""
    ends = np.cumsum([0, *(len(indices) for indices, _ in rows)])
    return sparse.csr_matrix(
        (
            np.concatenate([np.zeros(0, np.float32), *(values for _, values in rows)]),
            np.concatenate([np.zeros(0, np.int64), *(indices for indices, _ in rows)]),
            ends,
        ),
        shape=(len(rows), columns),
        dtype=np.float32,
    )
