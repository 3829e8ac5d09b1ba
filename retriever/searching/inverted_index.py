"""Products of sparse rows with those of the taxonomy: postings by column. Pure.

Columns that many rows have are multiplied as a dense matrix, which is quicker there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isco.core.sparse_rows import Row, SparseRows, within

# A column that more than this share of the rows has is a common one.
_COMMON = 1 / 16
# Postings of so many queries are looked at together.
_AT_ONCE = 32


@dataclass(frozen=True)
class InvertedIndex:
    """`size` rows by their columns: those of `columns`, ascending, have `values`, float32, in
    `rows`, ascending; those of column i lie between `ends[i]` and `ends[i + 1]`."""

    columns: NDArray[np.int32]
    ends: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: NDArray[np.float32]
    size: int

    @staticmethod
    def of(rows: Sequence[Row]) -> "InvertedIndex":
        """Of rows as (columns, values)."""
        every = SparseRows.of(rows, 0)
        order = np.argsort(every.columns, kind="stable")
        columns, starts = np.unique(every.columns[order], return_index=True)
        return InvertedIndex(
            columns.astype(np.int32),
            np.append(starts, len(order)).astype(np.int64),
            every.owners[order].astype(np.int32),
            every.values[order],
            len(rows),
        )

    def products(self, queries: SparseRows) -> NDArray[np.float32]:
        """Dot products, shape (queries, size); each the same whatever queries stand beside it."""
        found = np.empty((len(queries), self.size), dtype=np.float32)
        for start in range(0, len(queries), _AT_ONCE):
            part = found[start : start + _AT_ONCE]
            self._fill(part, queries, start)
        return found

    def known(self, columns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether any row has each of the columns."""
        return self._places(columns)[1]

    def has(self, row: int, columns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether a row has each of the columns."""
        places, known = self._places(columns)
        return known & [
            row in self.rows[self.ends[place] : self.ends[place + 1]] if there else False
            for place, there in zip(places.tolist(), known.tolist(), strict=True)
        ]

    def _fill(self, found: NDArray[np.float32], queries: SparseRows, first: int) -> None:
        """The products of as many queries as `found` has rows, beginning with `first`."""
        ends = queries.ends[first : first + len(found) + 1]
        places, known = self._places(queries.columns[ends[0] : ends[-1]])
        values = queries.values[ends[0] : ends[-1]]
        dense, row_there = self._common
        common = row_there[places]
        rare = known & (common < 0)
        owners = np.repeat(np.arange(len(found)), np.diff(ends))[rare]
        found[:] = self._rare(owners, places[rare], values[rare], len(found))
        ends = ends - ends[0]
        shared = known & (common >= 0)
        for row in range(len(found)):
            part = slice(ends[row], ends[row + 1])
            there = shared[part]
            # One query at a time: BLAS rounds several by their places.
            found[row] += values[part][there] @ dense[common[part][there]]

    def _rare(
        self,
        owners: NDArray[np.int64],
        places: NDArray[np.int64],
        weights: NDArray[np.float32],
        count: int,
    ) -> NDArray[np.float64]:
        """What the postings of these places add to their owners, shape (count, size)."""
        lengths = self.ends[places + 1] - self.ends[places]
        postings = within(self.ends[places], lengths)
        added = np.bincount(
            np.repeat(owners * self.size, lengths) + self.rows[postings],
            weights=np.repeat(weights, lengths) * self.values[postings],
            minlength=count * self.size,
        )
        return np.asarray(added, dtype=np.float64).reshape(count, self.size)

    def _places(self, columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where the columns are, and whether they are there."""
        places = np.searchsorted(self.columns, columns).clip(max=max(len(self.columns) - 1, 0))
        known = self.columns[places] == columns if len(self.columns) else places < 0
        return places, known

    @cached_property
    def _common(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The common columns as a matrix, shape (common, size), and by place their row there, -1
        for the others."""
        lengths = np.diff(self.ends)
        common = np.flatnonzero(lengths > _COMMON * self.size)
        row_there = np.full(max(len(lengths), 1), -1, dtype=np.int64)
        row_there[common] = np.arange(len(common))
        dense = np.zeros((len(common), self.size), dtype=np.float32)
        for row, place in enumerate(common.tolist()):
            part = slice(self.ends[place], self.ends[place + 1])
            dense[row, self.rows[part]] = self.values[part]
        return dense, row_there
