"""Vectors of the texts that were embedded last: real feeds repeat themselves."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from cachetools import LRUCache

from isco.core.embedding.base import Embedder, Vectors

# About 2 KB each with their texts.
_KEPT = 32_768


class RecentVectors:
    """An embedder that asks another one only for what is new. Safe to share between threads.

    For embedders that give a text the same vector whatever it is embedded with; others may differ
    in the last digit from what they would have said among other texts.
    """

    def __init__(self, embedder: Embedder, kept: int = _KEPT) -> None:
        self._embedder = embedder
        self.name, self.revision = embedder.name, embedder.revision
        self.dimension = embedder.dimension
        self._queries: LRUCache[str, Vectors] = LRUCache(kept)
        self._documents: LRUCache[str, Vectors] = LRUCache(kept)
        self._lock = Lock()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed_queries`."""
        return self._embed(texts, self._queries, self._embedder.embed_queries)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed_documents`."""
        return self._embed(texts, self._documents, self._embedder.embed_documents)

    def _embed(
        self,
        texts: Sequence[str],
        memory: LRUCache[str, Vectors],
        embed: Callable[[Sequence[str]], Vectors],
    ) -> Vectors:
        with self._lock:
            found = {text: memory[text] for text in dict.fromkeys(texts) if text in memory}
            missing = [text for text in dict.fromkeys(texts) if text not in found]
            if missing:
                new = dict(zip(missing, embed(missing), strict=True))
                found |= new
                memory.update({text: vector.copy() for text, vector in new.items()})
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = found[text]
        return vectors
