"""Leaves with all that they are found by: vectors, n-grams, words, and the head that these teach.

Every language is indexed by itself: what is rare in it, and what tells its codes apart, does not
depend on the others.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from isco.core import lexical, words
from isco.core.records import Concept
from isco.core.sparse_rows import Row
from isco.core.store import IndexedConcept
from isco.ingest.linear_classifier import train_head


def indexed(
    leaves: Sequence[Concept],
    names: NDArray[np.float32],
    counts: Sequence[int],
    documents: NDArray[np.float32],
    tasks: Mapping[str, str],
) -> Iterator[IndexedConcept]:
    """Each of `leaves`, which come language by language, with its vectors.

    `names` holds the vectors of the compared names of all leaves, one after another, shape
    (names, dimension), and `counts` how many of them each leaf has: all that it is searched by, or
    one. `documents` holds one vector a leaf; `tasks` what is done in a unit group, in the language
    of the first leaf. The head's row of a code and its words go to the first leaf of
    that code in each language, which is the unit group itself.
    """
    first = name = 0
    heads = _Heads()
    while first < len(leaves):
        language = leaves[first].language
        some = [leaf for leaf in leaves[first:] if leaf.language == language]
        of_each = counts[first : first + len(some)]
        of_names = sum(of_each)
        yield from _one_language(
            some,
            names[name : name + of_names],
            of_each,
            documents[first : first + len(some)],
            tasks if first == 0 else {},
            heads,
        )
        first, name = first + len(some), name + of_names


def _one_language(
    leaves: Sequence[Concept],
    names: NDArray[np.float32],
    counts: Sequence[int],
    documents: NDArray[np.float32],
    tasks: Mapping[str, str],
    heads: "_Heads",
) -> Iterator[IndexedConcept]:
    spelling = lexical.document_vectors([leaf.labels for leaf in leaves])
    codes = [leaf.isco_code for leaf in leaves]
    # Everyday names are for bare titles alone; the head is for all ads.
    sized = list(zip(leaves, counts, strict=True))
    own = np.concatenate([np.arange(count) < len(leaf.labels) for leaf, count in sized])
    of_names = np.repeat(codes, [min(count, len(leaf.labels)) for leaf, count in sized])
    head = heads.of(np.concatenate([names[own], documents]), [*of_names.tolist(), *codes])
    words_of = _words(leaves, tasks)
    start = 0
    for row, (leaf, count) in enumerate(sized):
        end = start + count
        yield IndexedConcept(
            leaf=leaf,
            dense=documents[row],
            labels=names[start:end],
            lexical=spelling.row(row),
            head=head.pop(leaf.isco_code, None),
            words=words_of.pop(leaf.isco_code, None),
        )
        start = end


class _Heads:
    """The head of each language; where one has the vectors of the one before, the same."""

    def __init__(self) -> None:
        self._taught: tuple[NDArray[np.float32], list[str]] | None = None
        self._head: dict[str, NDArray[np.float32]] = {}

    def of(self, vectors: NDArray[np.float32], codes: list[str]) -> dict[str, NDArray[np.float32]]:
        """By code, the caller's own to empty."""
        before = self._taught
        if before is None or before[1] != codes or not np.array_equal(before[0], vectors):
            self._taught, self._head = (vectors, codes), train_head(vectors, codes)
        return dict(self._head)


def _words(leaves: Sequence[Concept], tasks: Mapping[str, str]) -> dict[str, Row]:
    """The words of all that is said of each unit group: names, descriptions, tasks."""
    said: dict[str, list[str]] = {}
    for leaf in leaves:
        said.setdefault(leaf.isco_code, [tasks.get(leaf.isco_code, "")]).extend(
            (*leaf.labels, leaf.description)
        )
    vectors = words.document_vectors(["\n".join(texts) for texts in said.values()])
    return {code: vectors.row(row) for row, code in enumerate(said)}
