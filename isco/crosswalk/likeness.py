"""How like a title is to the labels of targets: the cosine of their TF-IDF vectors of n-grams."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from isco.core import lexical
from isco.core.sparse_rows import SparseRows, inverse_document_frequency, unit_rows


class Likeness:
    """To the `labels` of targets, by code; those without a label are not compared."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._row = {code: row for row, code in enumerate(c for c in labels if labels[c])}
        counts = lexical.counts([labels[code] for code in self._row])
        self._weights = inverse_document_frequency(counts)
        self._known = np.unique(counts.columns)
        self._labels = self._vectors(counts)

    def of(self, titles: Sequence[str]) -> list[NDArray[np.float32]]:
        """A vector for each title."""
        return list(self._vectors(lexical.counts(titles)).toarray())

    def to(self, title: NDArray[np.float32], codes: Iterable[str]) -> dict[str, float]:
        """Of one of these vectors to the labels of some targets, by code, 0 to 1."""
        known = [code for code in codes if code in self._row]
        if not known:
            return {}
        found = self._labels[[self._row[code] for code in known]] @ title
        return dict(zip(known, np.asarray(found).tolist(), strict=True))

    def _vectors(self, counts: SparseRows) -> sparse.csr_matrix:
        """Of length 1 over all n-grams, of which those that no label has are left out.

        Over all dimensions there are, every product would take milliseconds.
        """
        vectors = unit_rows(counts.weighed(self._weights))
        places = np.searchsorted(self._known, vectors.columns)
        places = places.clip(max=max(len(self._known) - 1, 0))
        shared = self._known[places] == vectors.columns if len(self._known) else places < 0
        return sparse.csr_matrix(
            (vectors.values[shared], (vectors.owners[shared], places[shared])),
            shape=(len(vectors), len(self._known)),
        )
