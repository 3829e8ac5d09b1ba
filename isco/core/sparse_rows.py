"""Rows with few terms each: terms counted by hash, lengths, weights, and how they are stored.

SciPy has all of it, but takes half a second and 50 MB to be there: it is imported where matrices
are multiplied that way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import mmh3
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

Row = tuple[NDArray[np.int64], NDArray[np.float32]]


@dataclass(frozen=True)
class SparseRows:
    """Rows of numbers, one after another: `values`, float32, in the `columns`, ascending within a
    row, of `width` that there are; row i lies between `ends[i]` and `ends[i + 1]`."""

    values: NDArray[np.float32]
    columns: NDArray[np.int64]
    ends: NDArray[np.int64]
    width: int

    def __len__(self) -> int:
        return len(self.ends) - 1

    @property
    def owners(self) -> NDArray[np.int64]:
        """The row of each value."""
        return np.repeat(np.arange(len(self)), np.diff(self.ends))

    def row(self, position: int) -> Row:
        """A row as (columns, values)."""
        part = slice(self.ends[position], self.ends[position + 1])
        return self.columns[part], self.values[part]

    def weighed(self, weights: NDArray[np.float32]) -> "SparseRows":
        """Each value times the weight of its column, shape (width,)."""
        return replace(self, values=self.values * weights[self.columns])

    def having(self, kept: NDArray[np.bool_], width: int) -> "SparseRows":
        """Those values alone that are `kept`, in so many columns."""
        ends = np.concatenate([[0], np.cumsum(kept)])[self.ends]
        return SparseRows(self.values[kept], self.columns[kept], ends, width)

    def summed(self, sizes: Sequence[int]) -> "SparseRows":
        """So many neighbouring rows each added up, in double precision."""
        ends = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        owners = np.searchsorted(ends[1:], self.owners, side="right")
        return _added_up(owners, self.columns, self.values, len(sizes), self.width)

    def matrix(self) -> "sparse.csr_matrix":
        """As a matrix of SciPy, shape (rows, width)."""
        from scipy import sparse

        parts = (self.values, self.columns, self.ends)
        return sparse.csr_matrix(parts, shape=(len(self), self.width))

    @staticmethod
    def of_matrix(matrix: "sparse.csr_matrix") -> "SparseRows":
        """The inverse of `matrix`, of one whose indices ascend."""
        columns, ends = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
        return SparseRows(matrix.data, columns, ends, matrix.shape[1])

    @staticmethod
    def of(rows: Sequence[Row], width: int) -> "SparseRows":
        """Rows as `row` gives them, one below the other."""
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)], dtype=np.int64)
        columns = np.concatenate([np.zeros(0, np.int64), *(columns for columns, _ in rows)])
        values = np.concatenate([np.zeros(0, np.float32), *(values for _, values in rows)])
        return SparseRows(values, columns, ends, width)


def within(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """All places of spans that begin at `starts` and have these `lengths`, one after another."""
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(lengths.sum()) + np.repeat(starts - before, lengths))


def hashed_counts(texts: Iterable[Iterable[str]], width: int) -> SparseRows:
    """How often each term stands in each text, given as its terms.

    A term's column is its hash: those of scikit-learn's HashingVectorizer.
    """
    columns: list[int] = []
    ends = [0]
    for terms in texts:
        columns += [abs(mmh3.hash(term)) % width for term in terms]
        ends.append(len(columns))
    owners = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    ones = np.ones(len(columns), dtype=np.float32)
    return _added_up(owners, np.array(columns, dtype=np.int64), ones, len(ends) - 1, width)


def inverse_document_frequency(counts: SparseRows) -> NDArray[np.float32]:
    """Smoothed: ln((1 + n) / (1 + df)) + 1, as in scikit-learn's TfidfTransformer."""
    frequency = np.bincount(counts.columns, minlength=counts.width)
    return np.asarray(np.log((1 + len(counts)) / (1 + frequency)) + 1, dtype=np.float32)


def unit_rows(rows: SparseRows) -> SparseRows:
    """Rows scaled to length 1; a row of zeros stays. Lengths are summed in double precision."""
    owners = rows.owners
    squares = np.bincount(owners, weights=rows.values * rows.values, minlength=len(rows))
    lengths = np.sqrt(squares)[owners]
    scaled = (rows.values / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return replace(rows, values=scaled)


def _added_up(
    owners: NDArray[Any], columns: NDArray[np.int64], values: Any, rows: int, width: int
) -> SparseRows:
    """Values of the same row and column as one."""
    places, of = np.unique(owners * width + columns, return_inverse=True)
    added = np.bincount(of, weights=values, minlength=len(places)).astype(np.float32)
    ends = np.searchsorted(places, np.arange(rows + 1) * width)
    return SparseRows(added, places % width, ends.astype(np.int64), width)
