"""`isco` with an embedding that costs nothing, so that everything else can be run by the 100,000.

    python -m benchmarks.stand_in classify ADS -o OUT --set data_dir=DIR …

A text's vector is drawn at random, by the hash of the text; it passes for the configured model, so
an ingested taxonomy takes it. The codes are worth nothing: only time and memory of the rest are.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from isco.cli.main import main
from isco.core import embedding
from isco.core.embedding import open_embedder
from isco.core.embedding.base import Vectors, unit_rows
from isco.core.settings import EmbeddingSettings


class StandInEmbedder:
    """As the configured model to look at, loaded so that its memory counts, but never asked."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        """Raises as `open_embedder`."""
        self._model = open_embedder(settings)
        self.name, self.revision = self._model.name, self._model.revision
        self.dimension = self._model.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The same text always has the same vector."""
        drawn = [_drawn(text, self.dimension) for text in texts]
        return unit_rows(np.array(drawn, dtype=np.float32).reshape(-1, self.dimension))

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """As queries."""
        return self.embed_queries(texts)


def _drawn(text: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "little")
    return np.random.default_rng(seed).standard_normal(dimension, dtype=np.float32)


# Worker processes import the command's main module by this other name, and need it too.
if __name__ in {"__main__", "__mp_main__"}:
    embedding.open_embedder = StandInEmbedder

if __name__ == "__main__":
    main()
