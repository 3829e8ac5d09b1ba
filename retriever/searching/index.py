"""The collection in memory: every searched concept with its vectors, as matrices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from isco.core import lexical
from isco.core.errors import ConfigError
from isco.core.records import Concept
from isco.core.store import IndexedConcept


@dataclass(frozen=True)
class ConceptIndex:
    """All searched concepts in memory. Rows of every matrix are in the order of `concepts`.

    `dense` has shape (concepts, dimension), `lexical` (concepts, n-gram dimensions). `labels` holds
    the names of all concepts one after another, shape (names, dimension); `starts` the row at which
    each one's names begin. `classifier`, a linear one, has a row of weights and bias for each code,
    shape (codes, dimension + 1), None when the collection has none; `classifier_row` the row of
    each concept.
    `titles` names the groups of all levels by their codes.
    """

    concepts: tuple[Concept, ...]
    dense: NDArray[np.float32]
    labels: NDArray[np.float32]
    starts: NDArray[np.int64]
    lexical: sparse.csr_matrix
    classifier: NDArray[np.float32] | None = None
    classifier_row: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    titles: Mapping[str, str] = field(default_factory=dict)

    def rows_of(self, isco_code: str) -> NDArray[np.int64]:
        """The positions of all concepts of a unit group; none when it has none here."""
        return self._rows.get(isco_code, np.zeros(0, dtype=np.int64))

    @cached_property
    def _rows(self) -> dict[str, NDArray[np.int64]]:
        rows: dict[str, list[int]] = {}
        for row, concept in enumerate(self.concepts):
            rows.setdefault(concept.isco_code, []).append(row)
        return {code: np.array(found, dtype=np.int64) for code, found in rows.items()}

    @staticmethod
    def of(points: Sequence[IndexedConcept], kinds: Sequence[str]) -> "ConceptIndex":
        """The index of those points whose concept is of one of `kinds`, sorted by code and URI.

        Sorted, because ties are broken by position and must not depend on the storage's order.
        Raises ConfigError when there is none.
        """
        chosen = [point for point in points if point.leaf.kind in kinds]
        if not chosen:
            raise ConfigError(
                f"search.kinds: the taxonomy in use holds nothing of the kind {', '.join(kinds)}"
            )
        chosen.sort(key=lambda point: (point.leaf.isco_code, point.leaf.uri))
        sizes = [len(point.labels) for point in chosen]
        ends = np.cumsum([len(point.lexical[0]) for point in chosen])
        grams = sparse.csr_matrix(
            (
                np.concatenate([point.lexical[1] for point in chosen]),
                np.concatenate([point.lexical[0] for point in chosen]),
                np.concatenate([[0], ends]),
            ),
            shape=(len(chosen), lexical.DIMENSIONS),
            dtype=np.float32,
        )
        concepts = tuple(point.leaf for point in chosen)
        classifier, classifier_row = _classifier(points, concepts)
        return ConceptIndex(
            concepts=concepts,
            dense=np.stack([point.dense for point in chosen]),
            labels=np.concatenate([point.labels for point in chosen]),
            starts=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
            lexical=grams,
            classifier=classifier,
            classifier_row=classifier_row,
            titles={
                code: title for point in points for code, title in point.leaf.group_titles.items()
            },
        )


def _classifier(
    points: Sequence[IndexedConcept], concepts: Sequence[Concept]
) -> tuple[NDArray[np.float32] | None, NDArray[np.int64]]:
    """Its rows by code, and each concept's row; points of every kind carry it."""
    by_code = {point.leaf.isco_code: point.head for point in points if point.head is not None}
    codes, row_of_concept = np.unique([c.isco_code for c in concepts], return_inverse=True)
    rows = [by_code[code] for code in codes if code in by_code]
    if len(rows) < len(codes):
        return None, np.zeros(len(concepts), dtype=np.int64)
    return np.stack(rows), row_of_concept.astype(np.int64)
