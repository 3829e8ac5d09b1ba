"""Any dense text model that Qdrant's library fastembed knows, computed by ONNX Runtime.

Models come from a hub when they are first used; `embedding.model_options` goes to fastembed's
`TextEmbedding` as it is, so that `specific_model_path` names a folder instead, and `cache_dir`
where they are kept.
"""

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from isco.core.embedding.base import Vectors, embed_unique, embeddable, unit_rows
from isco.core.embedding.identity import model_identity
from isco.core.errors import ConfigError, UnavailableError
from isco.core.settings import EmbeddingSettings

# Whether to compute on a GPU, by `embedding.device`; without one the choice is fastembed's.
_CUDA: dict[str | None, dict[str, Any]] = {
    None: {},
    "cpu": {"cuda": False},
    "cuda": {"cuda": True},
}


class FastEmbedEmbedder:
    """A model of fastembed's list, under the name that it has there.

    Queries and documents go through `query_embed` and `passage_embed`, which know what the model
    wants; a prompt of the settings is put before the text as it is.
    """

    def __init__(self, settings: EmbeddingSettings) -> None:
        identity = model_identity(settings)
        _require_possible(settings)
        from fastembed import TextEmbedding

        _require_known(identity.name, [m["model"] for m in TextEmbedding.list_supported_models()])
        self.name, self.revision = identity.name, identity.revision
        try:
            self._model = TextEmbedding(
                self.name,
                threads=settings.threads,
                **_CUDA[settings.device],
                **settings.model_options,
            )
        # Whatever the libraries below raise for a hub out of reach, a file that is no model, or a
        # device that is not there; they have no error in common.
        except Exception as error:
            raise UnavailableError(
                f"the embedding model {self.name!r} can't be loaded: {error}; let this machine "
                "reach the hub, or name a folder in embedding.model_options.specific_model_path"
            ) from error
        self.dimension = int(self._model.embedding_size)
        self._batch_size = settings.batch_size
        self._query_prompt = settings.query_prompt or ""
        self._document_prompt = settings.document_prompt or ""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed as fastembed does queries, after `embedding.query_prompt`."""
        return self._embed(texts, self._query_prompt, self._model.query_embed)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed as fastembed does passages, after `embedding.document_prompt`."""
        return self._embed(texts, self._document_prompt, self._model.passage_embed)

    def _embed(
        self,
        texts: Sequence[str],
        prompt: str,
        embed: Callable[..., Iterable[Any]],
    ) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)

        def batch_of(batch: list[str]) -> Vectors:
            return np.stack(list(embed(batch, batch_size=self._batch_size)))

        clean = [prompt + embeddable(text) for text in texts]
        return unit_rows(embed_unique(clean, batch_of, self._batch_size))


def _require_possible(settings: EmbeddingSettings) -> None:
    """ConfigError when the settings ask for what fastembed has no way to do."""
    for key in ("revision", "max_tokens"):
        if getattr(settings, key) is not None:
            raise ConfigError(
                f"embedding.{key} is set, but the backend fastembed has no such choice: unset it, "
                "or take the backend sentence-transformers"
            )
    if settings.device not in _CUDA:
        raise ConfigError(
            f"embedding.device is {settings.device!r}, but the backend fastembed computes on cpu "
            "or cuda"
        )


def _require_known(model: str, names: Sequence[str]) -> None:
    """ConfigError naming the nearest name that fastembed knows when `model` is none."""
    if model not in names:
        nearest = difflib.get_close_matches(model, names, n=1, cutoff=0)[0]
        raise ConfigError(
            f"embedding.model is {model!r}, which fastembed does not know (the nearest that it "
            f"knows is {nearest!r}): set it to one that it knows"
        )
