"""Embeddings stored by the hash of what made them, so that no text is embedded twice.

One SQLite file; the key is a SHA-256 over model, revision, prompts and text, so that another
model, another prompt and another text each have a vector of their own. Every batch is committed
when it is done: an interrupted ingest goes on where it stopped.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from isco.core.embedding.base import Embedder, Vectors, embed_unique
from isco.core.errors import UnavailableError
from isco.core.settings import EmbeddingSettings
from isco.core.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class CachedVectors:
    """`vectors` in the order asked, shape (texts, dimension); distinct texts by their origin."""

    vectors: Vectors
    embedded: int
    reused: int


def embedding_options(settings: EmbeddingSettings) -> dict[str, Any]:
    """The settings besides the model itself on which a text's vector depends."""
    return {
        "query_prompt": settings.query_prompt,
        "document_prompt": settings.document_prompt,
        "max_tokens": settings.max_tokens,
        "model_options": settings.model_options,
    }


class EmbeddingCache:
    """Vectors of one model under one set of prompts. Use as a context manager."""

    def __init__(self, path: Path, embedder: Embedder, settings: EmbeddingSettings) -> None:
        self._embedder = embedder
        self._batch_size = settings.batch_size
        origin = [embedder.name, embedder.revision, embedding_options(settings)]
        self._origin = json.dumps(origin, sort_keys=True)
        self._file = SqliteFile(path, _SCHEMA, "the embedding cache")

    def __enter__(self) -> "EmbeddingCache":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def embed_queries(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> CachedVectors:
        """Vectors of queries; `progress` is called with the number of texts just done."""
        return self._embed("query", texts, self._embedder.embed_queries, progress)

    def embed_documents(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> CachedVectors:
        """Vectors of documents; `progress` is called with the number of texts just done."""
        return self._embed("document", texts, self._embedder.embed_documents, progress)

    def as_embedder(self) -> Embedder:
        """The model, asked only for what was not embedded before, while the cache is open."""
        return _RememberingEmbedder(self, self._embedder)

    def _embed(
        self,
        side: str,
        texts: Sequence[str],
        embed: Callable[[Sequence[str]], Vectors],
        progress: Callable[[int], None] | None,
    ) -> CachedVectors:
        keys = {text: self._key(side, text) for text in dict.fromkeys(texts)}
        known = self._find(list(keys.values()))
        missing = [text for text, key in keys.items() if key not in known]
        if progress:
            progress(len(keys) - len(missing))

        def embed_and_store(batch: list[str]) -> Vectors:
            vectors = np.ascontiguousarray(embed(batch), dtype=np.float32)
            self._require_dimension(vectors, len(batch))
            with self._file.writing() as database:
                database.executemany(
                    "INSERT OR REPLACE INTO embeddings VALUES (?, ?)",
                    [(keys[t], v.tobytes()) for t, v in zip(batch, vectors, strict=True)],
                )
            return vectors

        if missing:
            new = embed_unique(missing, embed_and_store, self._batch_size, progress)
            known.update(zip((keys[text] for text in missing), new, strict=True))
        vectors = np.empty((len(texts), self._embedder.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = known[keys[text]]
        return CachedVectors(vectors, embedded=len(missing), reused=len(keys) - len(missing))

    def _require_dimension(self, vectors: Vectors, texts: int) -> None:
        """Raise UnavailableError when a model gives other vectors than it says of itself."""
        declared = (texts, self._embedder.dimension)
        if vectors.shape != declared:
            raise UnavailableError(
                f"the embedding model {self._embedder.name} says that it gives vectors of "
                f"{self._embedder.dimension} dimensions, but gave {vectors.shape} instead of "
                f"{declared}: check embedding.model and embedding.model_options"
            )

    def _key(self, side: str, text: str) -> bytes:
        return hashlib.sha256("\0".join((self._origin, side, text)).encode("utf-8")).digest()

    def _find(self, keys: list[bytes]) -> dict[bytes, Vectors]:
        rows = self._file.find("SELECT key, vector FROM embeddings WHERE key", keys)
        found = {key: np.frombuffer(blob, dtype=np.float32) for key, blob in rows}
        dimension = self._embedder.dimension
        return {key: vector for key, vector in found.items() if len(vector) == dimension}


class _RememberingEmbedder:
    def __init__(self, cache: EmbeddingCache, embedder: Embedder) -> None:
        self.name, self.revision = embedder.name, embedder.revision
        self.dimension = embedder.dimension
        self._cache = cache

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._cache.embed_queries(texts).vectors

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self._cache.embed_documents(texts).vectors
