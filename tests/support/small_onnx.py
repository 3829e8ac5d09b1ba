"""A sentence encoder as fastembed loads one: an ONNX graph and a tokenizer in a folder, 0.2 MB.

The graph looks up a vector for each token; fastembed averages them. The tokens are characters, so
that texts with the same letters are near one another. ONNX files are Protocol Buffers, of which
the few fields that such a graph has are written here.
"""

import json
import string
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing

# A model of fastembed's list with this dimension, pooled by the mean, in a file of this name.
STANDS_FOR, DIMENSION, FILE = "sentence-transformers/all-MiniLM-L6-v2", 384, "model.onnx"
TOKENS = 64

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_FLOAT, _INT64 = 1, 7
_IR_VERSION, _OPERATORS_VERSION = 8, 13


VOCABULARY = {token: id_ for id_, token in enumerate((*_SPECIAL, *string.printable))}
VECTORS = np.random.default_rng(0).normal(size=(len(VOCABULARY), DIMENSION)).astype(np.float32)


def vector_of(text: str) -> np.ndarray:
    """What the model makes of a short text: the mean of its tokens' vectors, of length 1."""
    mean = VECTORS[[VOCABULARY[token] for token in ("[CLS]", *text, "[SEP]")]].mean(axis=0)
    return mean / np.linalg.norm(mean)


def write_small_onnx(folder: Path) -> None:
    """Write the model and its tokenizer. Texts are cut after `TOKENS` tokens, two of them ends."""
    (folder / FILE).write_bytes(_graph_that_looks_up(VECTORS))
    tokenizer = Tokenizer(WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Split(Regex(r"[\s\S]"), "isolated")
    ends = [(token, VOCABULARY[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ends
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    named = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
    for name, content in (
        ("config.json", {"pad_token_id": 0}),
        ("special_tokens_map.json", named),
        ("tokenizer_config.json", named | {"model_max_length": TOKENS}),
    ):
        (folder / name).write_text(json.dumps(content))


def _graph_that_looks_up(table: np.ndarray) -> bytes:
    values = (
        *(_number(1, size) for size in table.shape),
        _number(2, _FLOAT),
        _text(8, "table"),
        _field(9, table.tobytes()),
    )
    node = (_text(1, "table"), _text(1, "input_ids"), _text(2, "last_hidden_state"))
    graph = (
        _field(1, *node, _text(4, "Gather")),
        _text(2, "lookup"),
        _field(5, *values),
        *(_tensor(11, name, _INT64, "batch", "tokens") for name in ("input_ids", "attention_mask")),
        _tensor(12, "last_hidden_state", _FLOAT, "batch", "tokens", "hidden"),
    )
    operators = _field(8, _text(1, ""), _number(2, _OPERATORS_VERSION))
    return _number(1, _IR_VERSION) + operators + _field(7, *graph)


def _tensor(place: int, name: str, kind: int, *axes: str) -> bytes:
    shape = _field(2, *(_field(1, _text(2, axis)) for axis in axes))
    return _field(place, _text(1, name), _field(2, _field(1, _number(1, kind), shape)))


def _number(place: int, value: int) -> bytes:
    return _variable(place << 3) + _variable(value)


def _text(place: int, value: str) -> bytes:
    return _field(place, value.encode())


def _field(place: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return _variable(place << 3 | 2) + _variable(len(content)) + content


def _variable(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says whether more follow."""
    low, rest = value & 127, value >> 7
    return bytes([low | 128]) + _variable(rest) if rest else bytes([low])
