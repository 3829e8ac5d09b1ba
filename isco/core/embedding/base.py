"""What every embedding backend offers, and how texts are handed to it."""

import os
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """A model that turns texts into unit vectors.

    Queries and documents are two methods because models prompt them differently. Both return an
    array of shape (len(texts), dimension), float32, rows of length 1, in the order of `texts`.
    """

    name: str
    revision: str
    dimension: int

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for: titles, ads."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed what is found: labels, descriptions."""
        ...


def embed_unique(
    texts: Sequence[str],
    embed: Callable[[list[str]], Vectors],
    batch_size: int,
    progress: Callable[[int], None] | None = None,
) -> Vectors:
    """Embed each distinct text once, in batches of like length, and return rows in given order.

    `embed` maps a list to an array of shape (n, dimension); `progress` is told how many texts
    each batch finished. At least one text is needed.
    """
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    position = {text: index for index, text in enumerate(distinct)}
    parts = []
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        parts.append(np.asarray(embed(batch), dtype=np.float32))
        if progress:
            progress(len(batch))
    return np.concatenate(parts)[[position[text] for text in texts]]


def available_cpus() -> int:
    """The CPUs that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def embeddable(text: str) -> str:
    """`text` without what no tokenizer takes: NUL, and halves of surrogate pairs."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def unit_rows(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def seen_from(centre: Vectors | None, vectors: Vectors) -> Vectors:
    """`vectors` as seen from `centre`, shape (dimension,): rows of length 1; rows of zeros stay.

    Unchanged without a centre.
    """
    if centre is None:
        return vectors
    moved = np.where(vectors.any(axis=1, keepdims=True), vectors - centre, 0)
    return unit_rows(np.asarray(moved, dtype=np.float32))


def nearest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Positions of the `count` highest scores, the highest first; of equal ones the first."""
    if count >= len(scores):
        return np.argsort(-scores, kind="stable")
    least = np.partition(scores, -count)[-count]
    positions = np.flatnonzero(scores >= least)
    return positions[np.argsort(-scores[positions], kind="stable")][:count]
