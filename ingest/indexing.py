"""Leaves with all that they are found by: vectors, n-grams, words, and the head that these teach.

Every language is indexed by itself: what is rare in it, and what tells its codes apart, does not
depend on the others.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from isco.core import lexical, words
from isco.core.records import Concept
from isco.core.sparse_rows import Row, row_of
from isco.core.store import IndexedConcept
from isco.ingest.linear_classifier import train_head


def indexed(
    leaves: Sequence[Concept],
    names: NDArray[np.float32],
    documents: NDArray[np.float32],
    tasks: Mapping[str, str],
) -> Iterator[IndexedConcept]:
    """Each of `leaves`, which come language by language, with its vectors.

    `names` holds the vectors of the searched names of all leaves, one after another, shape
    (names, dimension); `documents` one vector a leaf; `tasks` what is done in a unit group, in
    the language of the first leaf. The head's row of a code and its words go to the first leaf of
    that code in each language, which is the unit group itself.
    """
    first = name = 0
    while first < len(leaves):
        language = leaves[first].language
        some = [leaf for leaf in leaves[first:] if leaf.language == language]
        of_names = sum(len(leaf.searched_names) for leaf in some)
        yield from _one_language(
            some,
            names[name : name + of_names],
            documents[first : first + len(some)],
            tasks if first == 0 else {},
        )
        first, name = first + len(some), name + of_names


def _one_language(
    leaves: Sequence[Concept],
    names: NDArray[np.float32],
    documents: NDArray[np.float32],
    tasks: Mapping[str, str],
) -> Iterator[IndexedConcept]:
    sparse = lexical.document_vectors([leaf.labels for leaf in leaves])
    codes = [leaf.isco_code for leaf in leaves]
    # Everyday names are for bare titles alone; the head is for all ads.
    own = np.concatenate(
        [np.arange(len(leaf.searched_names)) < len(leaf.labels) for leaf in leaves]
    )
    of_names = np.repeat(codes, [len(leaf.labels) for leaf in leaves])
    head = train_head(np.concatenate([names[own], documents]), [*of_names.tolist(), *codes])
    words_of = _words(leaves, tasks)
    start = 0
    for row, leaf in enumerate(leaves):
        end = start + len(leaf.searched_names)
        yield IndexedConcept(
            leaf=leaf,
            dense=documents[row],
            labels=names[start:end],
            lexical=row_of(sparse, row),
            head=head.pop(leaf.isco_code, None),
            words=words_of.pop(leaf.isco_code, None),
        )
        start = end


def _words(leaves: Sequence[Concept], tasks: Mapping[str, str]) -> dict[str, Row]:
    """The words of all that is said of each unit group: names, descriptions, tasks."""
    said: dict[str, list[str]] = {}
    for leaf in leaves:
        said.setdefault(leaf.isco_code, [tasks.get(leaf.isco_code, "")]).extend(
            (*leaf.labels, leaf.description)
        )
    vectors = words.document_vectors(["\n".join(texts) for texts in said.values()])
    return {code: row_of(vectors, row) for row, code in enumerate(said)}
