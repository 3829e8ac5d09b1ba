"""The names of concepts as vectors of whole numbers: half the memory, and the order of the search.

A name is kept as it is seen from the mean of all, in whole numbers of steps, of which products are
exact (`core/embedding/exact.py`). Vectors that are mapped from a file are shared by all processes
that have it open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.base import Vectors, unit_rows
from isco.core.embedding.exact import STEPS, cosines, in_steps

# So many names are compared at once, or those of a single concept.
_AT_ONCE = 1024


@dataclass(frozen=True)
class NameVectors:
    """The searched names of all concepts one after another, those of concept i from `starts[i]` on.

    A name is `mean`, of shape (dimension,), and its row of `whole`, shape (names, dimension), which
    is of length 1 and `in_steps`, times its number of `lengths`. `is_everyday` says which names are
    searched for bare titles alone; `mean` is that of all others.
    """

    whole: NDArray[np.int16]
    lengths: NDArray[np.float32]
    mean: Vectors
    starts: NDArray[np.int64]
    is_everyday: NDArray[np.bool_]

    @staticmethod
    def of(
        vectors: Vectors, starts: NDArray[np.int64], is_everyday: NDArray[np.bool_]
    ) -> "NameVectors":
        """Of unit vectors, shape (names, dimension); a name at least is no everyday one."""
        mean = np.asarray(vectors[~is_everyday].mean(axis=0), dtype=np.float32)
        moved = vectors - mean
        whole = in_steps(unit_rows(moved)).astype(np.int16)
        lengths = np.linalg.norm(moved, axis=1).astype(np.float32)
        return NameVectors(whole, lengths, mean, starts, is_everyday)

    def __len__(self) -> int:
        return len(self.whole)

    @property
    def vectors(self) -> Vectors:
        """All names as unit vectors, shape (names, dimension)."""
        lengths = self.lengths[:, None] / STEPS
        return np.asarray(self.mean + self.whole * lengths, dtype=np.float32)

    def nearest(self, queries: Vectors, bare: NDArray[np.bool_], centred: bool) -> Vectors:
        """Of each of `queries`, shape (n, dimension), the product with the nearest name of each
        concept, shape (n, concepts).

        Everyday names count for those that are `bare`, shape (n,), alone. With `centred` names are
        unit vectors as seen from their mean.
        """
        found = np.empty((len(queries), len(self.starts)), dtype=np.float32)
        asked = in_steps(queries)
        towards_mean = cosines(asked, in_steps(self.mean[None]))
        longer = np.flatnonzero(~bare)[:, None]
        block = np.empty((0, queries.shape[1]), dtype=np.float32)
        for first, last in self._blocks:
            low, high = self._bounds[first], self._bounds[last]
            if len(block) < high - low:
                block = np.empty((max(high - low, _AT_ONCE), queries.shape[1]), dtype=np.float32)
            names = block[: high - low]
            names[:] = self.whole[low:high]
            products = cosines(asked, names)
            if not centred:
                products *= self.lengths[low:high]
                products += towards_mean
            products[longer, np.flatnonzero(self.is_everyday[low:high])] = -1
            np.maximum.reduceat(
                products, self.starts[first:last] - low, axis=1, out=found[:, first:last]
            )
        return found

    @cached_property
    def _bounds(self) -> list[int]:
        return [*self.starts.tolist(), len(self.whole)]

    @cached_property
    def _blocks(self) -> list[tuple[int, int]]:
        """Concepts, from and to before which, whose names are compared at once."""
        return list(self._cut())

    def _cut(self) -> Iterator[tuple[int, int]]:
        first = 0
        for concept in range(1, len(self.starts)):
            if self._bounds[concept + 1] - self._bounds[first] > _AT_ONCE:
                yield first, concept
                first = concept
        yield first, len(self.starts)
