"""The words of long texts as sparse vectors: what an ad's whole text says, beside its title.

TF-IDF over words and pairs of neighbouring words, each cut to its first letters so that the forms
of a word fall together in any language, hashed into a fixed number of dimensions. Words that half
of the documents have say nothing of any of them and are left out, in place of a list of stop words
for each language. As with `lexical`, the weights are folded into the documents.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from isco.core.sparse_rows import (
    SparseRows,
    hashed_counts,
    inverse_document_frequency,
    unit_rows,
)

DIMENSIONS = 2**22
_LETTERS = 7
_MOST_DOCUMENTS = 0.5
# Ads say what they are about in their first pages.
_LONGEST = 20_000
# Titles come again.
_KEPT = 4_096
_WORD = re.compile(r"[^\W\d_]{2,}")


def query_vectors(texts: Sequence[str]) -> SparseRows:
    """Words of `texts`, one row of length 1 each, DIMENSIONS wide."""
    return unit_rows(_counts(texts))


def document_vectors(texts: Sequence[str]) -> SparseRows:
    """One row a document, DIMENSIONS wide, without zeros."""
    counts = _counts(texts)
    weights = inverse_document_frequency(counts)
    frequency = np.bincount(counts.columns, minlength=DIMENSIONS)
    weights[frequency > _MOST_DOCUMENTS * len(texts)] = 0
    weighted = unit_rows(counts.weighed(weights)).weighed(weights)
    return weighted.having(weighted.values != 0, DIMENSIONS)


@lru_cache(_KEPT)
def different(text: str) -> int:
    """How many different words `text` has, whatever their case."""
    return len(set(_WORD.findall(text[:_LONGEST].casefold())))


@lru_cache(_KEPT)
def columns_of(text: str) -> NDArray[np.int64]:
    """The columns of the words of `text`, each once and ascending; pairs are left out."""
    words = (word[:_LETTERS] for word in _WORD.findall(text[:_LONGEST].casefold()))
    return hashed_counts([words], DIMENSIONS).columns


def _counts(texts: Sequence[str]) -> SparseRows:
    """1 + ln(count) of each word and pair in each text, DIMENSIONS wide."""
    counts = hashed_counts((_terms(text[:_LONGEST]) for text in texts), DIMENSIONS)
    return replace(counts, values=np.asarray(1 + np.log(counts.values), dtype=np.float32))


def _terms(text: str) -> Iterator[str]:
    words = [word[:_LETTERS] for word in _WORD.findall(text.casefold())]
    yield from words
    yield from map(" ".join, pairwise(words))
