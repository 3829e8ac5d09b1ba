"""Embeddings kept by the hash of what made them, so that no text is embedded twice.

One SQLite file; the key is a SHA-256 over model, revision, prompts and text, so that another
model, another prompt and another text each have a vector of their own. Every batch is committed
when it is done: an interrupted ingest goes on where it stopped.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from isco.core.embedding.base import Embedder, Vectors, embed_unique
from isco.core.errors import UnavailableError
from isco.core.settings import EmbeddingSettings

_LOOKUP = 500


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
        self._path = path
        with self._in_words():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=60)
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
                " WITHOUT ROWID"
            )

    def __enter__(self) -> "EmbeddingCache":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def embed_queries(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> CachedVectors:
        """As `Embedder.embed_queries`; `progress` is told of texts as they are done."""
        return self._embed("query", texts, self._embedder.embed_queries, progress)

    def embed_documents(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> CachedVectors:
        """As `Embedder.embed_documents`; `progress` is told of texts as they are done."""
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
        with self._in_words():
            known = self._read(list(keys.values()))
        missing = [text for text, key in keys.items() if key not in known]
        if progress:
            progress(len(keys) - len(missing))

        def embed_and_keep(batch: list[str]) -> Vectors:
            vectors = np.ascontiguousarray(embed(batch), dtype=np.float32)
            self._require_dimension(vectors, len(batch))
            with self._in_words(), self._database:
                self._database.executemany(
                    "INSERT OR REPLACE INTO embeddings VALUES (?, ?)",
                    [(keys[t], v.tobytes()) for t, v in zip(batch, vectors, strict=True)],
                )
            return vectors

        if missing:
            new = embed_unique(missing, embed_and_keep, self._batch_size, progress)
            known.update(zip((keys[text] for text in missing), new, strict=True))
        vectors = np.empty((len(texts), self._embedder.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = known[keys[text]]
        return CachedVectors(vectors, embedded=len(missing), reused=len(keys) - len(missing))

    def _require_dimension(self, vectors: Vectors, texts: int) -> None:
        """Raise UnavailableError when a model gives other vectors than it says of itself."""
        told = (texts, self._embedder.dimension)
        if vectors.shape != told:
            raise UnavailableError(
                f"the embedding model {self._embedder.name} says that it gives vectors of "
                f"{self._embedder.dimension} dimensions, but gave {vectors.shape} instead of "
                f"{told}: check embedding.model and embedding.model_options"
            )

    def _key(self, side: str, text: str) -> bytes:
        return hashlib.sha256("\0".join((self._origin, side, text)).encode("utf-8")).digest()

    def _read(self, keys: list[bytes]) -> dict[bytes, Vectors]:
        dimension = self._embedder.dimension
        found: dict[bytes, Vectors] = {}
        for start in range(0, len(keys), _LOOKUP):
            part = keys[start : start + _LOOKUP]
            marks = ",".join("?" * len(part))
            rows = self._database.execute(
                f"SELECT key, vector FROM embeddings WHERE key IN ({marks})", part
            )
            found.update((key, np.frombuffer(blob, dtype=np.float32)) for key, blob in rows)
        return {key: vector for key, vector in found.items() if len(vector) == dimension}

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise UnavailableError(
                f"the embedding cache {self._path} can't be used ({error}); make room or move it "
                "away: it is made again as needed"
            ) from error


class _RememberingEmbedder:
    def __init__(self, cache: EmbeddingCache, embedder: Embedder) -> None:
        self.name, self.revision = embedder.name, embedder.revision
        self.dimension = embedder.dimension
        self._cache = cache

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._cache.embed_queries(texts).vectors

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self._cache.embed_documents(texts).vectors
