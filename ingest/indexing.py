"""Leaves with all that they are found by: vectors, n-grams, and the head that these teach."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from isco.core import lexical
from isco.core.records import Concept
from isco.core.store import IndexedConcept
from isco.ingest.linear_classifier import train_head


def indexed(
    leaves: Sequence[Concept], names: NDArray[np.float32], documents: NDArray[np.float32]
) -> Iterator[IndexedConcept]:
    """Each of `leaves` with its vectors.

    `names` holds the vectors of the labels of all leaves, one after another, shape
    (labels, dimension); `documents` one vector a leaf. The head's row of a code goes to the first
    leaf of that code, which is the unit group itself.
    """
    sparse = lexical.document_vectors(
        [(leaf.label, *leaf.alt_labels) for leaf in leaves],
        [leaf.further_labels for leaf in leaves],
    )
    codes = [leaf.isco_code for leaf in leaves]
    of_names = np.repeat(codes, [len(leaf.labels) for leaf in leaves])
    head = train_head(np.concatenate([names, documents]), [*of_names.tolist(), *codes])
    start = 0
    for row, leaf in enumerate(leaves):
        end = start + len(leaf.labels)
        low, high = sparse.indptr[row], sparse.indptr[row + 1]
        yield IndexedConcept(
            leaf=leaf,
            dense=documents[row],
            labels=names[start:end],
            lexical=(sparse.indices[low:high].astype(np.int64), sparse.data[low:high]),
            head=head.pop(leaf.isco_code, None),
        )
        start = end
