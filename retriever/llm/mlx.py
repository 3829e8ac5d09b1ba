"""A language model on Apple silicon through mlx-lm.

Models are folders or hub names of weights in MLX's or safetensors' form, among them the quantised
ones of mlx-community. On Linux it runs on the CPU (`mlx[cpu]`), slowly.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isco.core.errors import ConfigError, UnavailableError
from isco.core.settings import LlmSettings
from isco.retriever.llm.local import LocalBackend, first_line
from isco.retriever.llm.model_files import located


class MlxBackend(LocalBackend):
    """A language model of the library mlx-lm. It constrains no answer to a schema."""

    def __init__(self, settings: LlmSettings) -> None:
        if not settings.model:
            raise ConfigError("llm.backend mlx needs llm.model")
        try:
            import mlx_lm  # noqa: F401
        except ImportError as error:
            raise UnavailableError(
                f"llm.backend mlx needs mlx-lm, which can't be loaded ({error}): "
                "pip install 'isco[mlx]', or choose another llm.backend"
            ) from error
        try:
            self.model, self.tokenizer, config = _load(settings)
        # Whatever the libraries below raise for a file that is no model: they have no error in
        # common.
        except Exception as error:
            raise UnavailableError(
                f"the LLM {settings.model!r} can't be loaded ({first_line(error)}): give llm.model "
                "a folder with weights in MLX's form, or a name on the hub that this machine can "
                "reach; GGUF files are for llm.backend transformers"
            ) from error
        super().__init__(settings, self.tokenizer, _context(config))

    def _remember(self, tokens: list[int]) -> Any:
        return self._read([tokens], None).extract_cache(0)

    def _generate(
        self, memory: Any | None, rows: list[list[int]], limits: list[int]
    ) -> list[list[int]]:
        from mlx_lm import batch_generate

        response = batch_generate(
            self.model,
            self.tokenizer,
            rows,
            prompt_caches=None if memory is None else [memory] * len(rows),
            max_tokens=limits,
            return_token_ids=True,
            completion_batch_size=len(rows),
            prefill_batch_size=len(rows),
        )
        return list(response.token_ids or [])

    def _next_logprobs(
        self, memory: Any | None, rows: list[list[int]], tokens: list[int]
    ) -> NDArray[np.float32]:
        import mlx.core as mx
        from mlx_lm.generate import wired_limit

        with wired_limit(self.model):
            # All but the last token only fill the cache: the vocabulary is scored once a row.
            batch = self._read([row[:-1] for row in rows], memory)
            last = mx.array([row[-1:] for row in rows])
            logits = self.model(last, cache=batch.prompt_cache)[:, -1].astype(mx.float32)
            logprobs = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
            return np.array(logprobs[:, mx.array(tokens)])

    def _read(self, rows: list[list[int]], memory: Any | None) -> Any:
        """A batch whose cache has each row after what is remembered."""
        from mlx_lm.generate import PromptProcessingBatch
        from mlx_lm.models.cache import make_prompt_cache

        batch = PromptProcessingBatch(
            self.model,
            list(range(len(rows))),
            [memory or make_prompt_cache(self.model) for _ in rows],
        )
        batch.prompt(rows)
        return batch


def _load(settings: LlmSettings) -> tuple[Any, Any, dict[str, Any]]:
    """Model, tokenizer and configuration."""
    from huggingface_hub import hf_hub_download
    from mlx_lm import load

    name = located(str(settings.model))
    file = Path(name, "config.json")
    if not Path(name).exists():
        file = Path(hf_hub_download(name, file.name, revision=settings.revision))
    config = json.loads(file.read_text(encoding="utf-8"))
    model, tokenizer, *_ = load(name, revision=settings.revision, model_config=_unread_rope(config))
    return model, tokenizer, config


def _unread_rope(config: dict[str, Any]) -> dict[str, Any]:
    """Settings of the rotary embedding where mlx-lm looks for them.

    transformers writes them under "rope_parameters" since its version 5, and mlx-lm silently takes
    its defaults instead for most models (ml-explore/mlx-lm, pull request 953).
    """
    rope = config.get("rope_parameters") or {}
    if "rope_theta" not in rope or "rope_theta" in config:
        return {}
    unscaled = rope.get("rope_type", "default") == "default"
    return {**rope, "rope_scaling": None if unscaled else rope}


def _context(config: dict[str, Any]) -> int | None:
    """The tokens that the model takes at once, where its configuration says."""
    tokens = (config.get("text_config") or config).get("max_position_embeddings")
    return int(tokens) if tokens else None
