"""A language model on this machine through PyTorch: on CUDA, on Apple's GPU, or on the CPU.

Models are folders or hub names of the library transformers, or GGUF files. Those it unpacks as a
rule: in memory they then take 16 bits a weight on a GPU and 32 on a CPU, whatever the file has.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isco.core.errors import ConfigError, UnavailableError
from isco.core.settings import LlmSettings
from isco.retriever.llm.local import LocalBackend, first_line
from isco.retriever.llm.model_files import located


@dataclass(frozen=True, slots=True)
class _Memory:
    """Tokens and the model's cache of them; None if the model keeps it in a form of its own."""

    tokens: list[int]
    cache: Any | None


class TransformersBackend(LocalBackend):
    """A causal language model of the library transformers. It constrains no answer to a schema."""

    def __init__(self, settings: LlmSettings) -> None:
        if not settings.model:
            raise ConfigError("llm.backend transformers needs llm.model")
        try:
            import torch
            from transformers import GenerationConfig

            if settings.threads:
                torch.set_num_threads(settings.threads)
            device = settings.device or _best_device()
            self.tokenizer, self.model = _load(settings, device)
        except ImportError as error:
            raise UnavailableError(
                f"the LLM {settings.model!r} can't be loaded ({error}): "
                "pip install 'isco[llm]' brings what transformers needs for it"
            ) from error
        # Whatever the libraries below raise for a file that is no model, or a device that is not
        # there; they have no error in common.
        except Exception as error:
            raise UnavailableError(
                f"the LLM {settings.model!r} can't be loaded ({first_line(error)}): give llm.model "
                "a folder, a GGUF file or a name on the hub that this machine can reach, and check "
                "llm.device; GGUF files and GPUs need the extra: pip install 'isco[llm]'"
            ) from error
        super().__init__(settings, self.tokenizer, _context(self.model))
        self._device = device
        self._stops = _stops(self.model, self.tokenizer)
        # Models bring penalties and sampling along, which the answers here must not depend on.
        self.model.generation_config = GenerationConfig(
            do_sample=False, eos_token_id=sorted(self._stops), pad_token_id=self._padding
        )

    @property
    def _padding(self) -> int:
        """A token for places that are masked; any would do."""
        return min(self._stops, default=0)

    def _remember(self, tokens: list[int]) -> _Memory:
        import torch

        with torch.inference_mode():
            read = self.model(input_ids=self._tensor([tokens]), use_cache=True, logits_to_keep=1)
        return _Memory(tokens, read.get("past_key_values"))

    def _generate(
        self, memory: _Memory | None, rows: list[list[int]], limits: list[int]
    ) -> list[list[int]]:
        import torch

        # The library wants padding on the left: between what is remembered and each row.
        rows, cache = self._after(memory, rows, with_gaps=True)
        known = cache.get_seq_length() if cache is not None else 0
        width = max(len(row) for row in rows)
        padded = [[self._padding] * (width - len(row)) + row for row in rows]
        mask = [[1] * known + [0] * (width - len(row)) + [1] * len(row) for row in rows]
        with torch.inference_mode():
            written = self.model.generate(
                input_ids=self._tensor(padded),
                attention_mask=self._tensor(mask),
                past_key_values=cache,
                max_new_tokens=max(limits),
            )
        answers = [
            row[:limit] for row, limit in zip(written[:, width:].tolist(), limits, strict=True)
        ]
        return [
            answer[: next((i for i, token in enumerate(answer) if token in self._stops), None)]
            for answer in answers
        ]

    def _next_logprobs(
        self, memory: _Memory | None, rows: list[list[int]], tokens: list[int]
    ) -> NDArray[np.float32]:
        import torch

        rows, cache = self._after(memory, rows, with_gaps=False)
        width = max(len(row) for row in rows)
        # What stands after a prompt's end can't be seen from it, so it needs no mask.
        padded = [row + [self._padding] * (width - len(row)) for row in rows]
        ends, end_of_row = np.unique([len(row) - 1 for row in rows], return_inverse=True)
        with torch.inference_mode():
            logits = self.model(
                input_ids=self._tensor(padded),
                past_key_values=cache,
                logits_to_keep=self._tensor(ends.tolist()),
            ).logits
            last = logits[self._tensor(list(range(len(rows)))), self._tensor(end_of_row.tolist())]
            logprobs = last.float().log_softmax(dim=-1)[:, tokens]
        return np.asarray(logprobs.cpu().numpy())

    def _after(
        self, memory: _Memory | None, rows: list[list[int]], with_gaps: bool
    ) -> tuple[list[list[int]], Any | None]:
        """What is left to compute of each row, and a cache for the batch that has the rest.

        Gaps after what is remembered are only for caches that keep every token apart: a window
        would count them, and a state that sums tokens up would take them in.
        """
        from transformers.cache_utils import DynamicLayer

        if memory is None:
            return rows, None
        cache = copy.deepcopy(memory.cache)
        if cache is None or (
            with_gaps and not all(type(layer) is DynamicLayer for layer in cache.layers)
        ):
            return [memory.tokens + row for row in rows], None
        cache.reorder_cache(self._tensor([0] * len(rows)))
        return rows, cache

    def _tensor(self, values: list[Any]) -> Any:
        import torch

        return torch.tensor(values, dtype=torch.long, device=self._device)


def _load(settings: LlmSettings, device: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = located(str(settings.model))
    source: dict[str, Any] = {"pretrained_model_name_or_path": model}
    if model.endswith(".gguf"):
        source = {
            "pretrained_model_name_or_path": str(Path(model).parent),
            "gguf_file": Path(model).name,
        }
    source |= {"revision": settings.revision or "main", "trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(**source)
    loaded = AutoModelForCausalLM.from_pretrained(
        **source,
        dtype=_dtype(device),
        # Without a map the weights are loaded on the CPU, which needs no further package.
        device_map=None if device == "cpu" else device,
    )
    return tokenizer, loaded


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _dtype(device: str) -> Any:
    import torch

    if device == "cpu":
        return torch.float32
    if device.startswith("cuda") and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    return torch.bfloat16


def _context(model: Any) -> int | None:
    """The tokens that the model takes at once, where its configuration says."""
    tokens = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return int(tokens) if tokens else None


def _stops(model: Any, tokenizer: Any) -> set[int]:
    """The tokens that end an answer."""
    stops = model.generation_config.eos_token_id
    listed = stops if isinstance(stops, list) else [stops]
    return {token for token in (*listed, tokenizer.eos_token_id) if token is not None}
