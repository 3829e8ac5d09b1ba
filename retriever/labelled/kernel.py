"""How alike two ads are: by the spelling of their titles, by words, by their titles' vectors. Pure.

Four cosines, none of them clipped so that the kernel stays positive definite: character n-grams
within the words of the titles; beginnings of the titles' words and pairs of words; the same of the
texts; vectors of the titles as seen from their own mean. Their weighted mean m gives
(e^m - 1) / (e - 1). docs/decisions/0012 says why these.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isco.core import lexical
from isco.core.array_folder import Arrays
from isco.core.embedding.base import Vectors, seen_from
from isco.core.embedding.exact import cosines, in_steps
from isco.core.sparse_rows import SparseRows, hashed_counts, unit_rows

if TYPE_CHECKING:
    from scipy import sparse

# Of an ad's text so much is compared.
TEXT_CHARACTERS = 1000

_SPELLING, _TITLE_WORDS, _TEXT_WORDS, _TITLE = "spelling", "title words", "text words", "title"
_WEIGHTS: Mapping[str, float] = {_SPELLING: 1.0, _TITLE_WORDS: 1.0, _TEXT_WORDS: 2.5, _TITLE: 2.0}
_TITLE_PREFIX, _TEXT_PREFIX = 5, 6
# Words of more than half of the texts, or of a single one, tell none of them apart.
_RAREST, _COMMONEST = 2, 0.5
_FEWEST_TEXTS = 10
# So many ads count as much as the taxonomy's names where their centre is concerned.
_FEW = 50
_WORD = re.compile(r"[^\W_]+")
_ROWS = 512


@dataclass(frozen=True, slots=True)
class AdTexts:
    """Ads as they are compared: clean titles, plain texts, and vectors of the titles, shape
    (ads, dimension). A text may be empty."""

    titles: Sequence[str]
    texts: Sequence[str]
    vectors: Vectors

    def __len__(self) -> int:
        return len(self.titles)


@dataclass(frozen=True)
class Terms:
    """TF-IDF over the hashed terms of some ads. `columns` are the hashes, ascending, `weights` how
    much each counts, `unknown` what one that is not among them does; `rows` are the ads, of
    length 1, as wide as there are columns."""

    columns: NDArray[np.int32]
    weights: NDArray[np.float32]
    unknown: float
    rows: SparseRows

    @staticmethod
    def of(counts: SparseRows, rarest: int = 1, commonest: float = 1.0) -> "Terms":
        """Of terms that `rarest` ads or more have, and at most that share of them."""
        ads = len(counts)
        frequency = np.bincount(counts.columns, minlength=counts.width)
        kept = (frequency >= rarest) & (frequency <= commonest * ads) & (frequency > 0)
        columns = np.flatnonzero(kept).astype(np.int32)
        weights = _weight(ads, frequency[columns]).astype(np.float32)
        # A term that an ad alone has counts the same, whichever ad that is.
        unknown = float(_weight(ads, np.array(1))) if rarest == 1 else 0.0
        known = _rows(counts, columns, weights, unknown)
        return Terms(columns, weights, unknown, known)

    def rows_of(self, counts: SparseRows) -> SparseRows:
        """Other ads as such rows; those with unknown terms are shorter than 1."""
        return _rows(counts, self.columns, self.weights, self.unknown)


class AdKernel:
    """The similarity of ads to those that it was made of, whose `titles` are `in_steps`."""

    def __init__(self, terms: Mapping[str, Terms], centre: Vectors | None, titles: Vectors) -> None:
        self._terms = terms
        self._centre = centre
        self._titles = titles
        names = (*terms, _TITLE)
        total = sum(_WEIGHTS[name] for name in names)
        self._shares = {name: np.float32(_WEIGHTS[name] / total) for name in names}
        self._transposed = {name: found.rows.matrix().T.tocsr() for name, found in terms.items()}

    @staticmethod
    def of(ads: AdTexts, mean_name: Vectors | None) -> "AdKernel":
        """Of `ads`; `mean_name` is the mean of the taxonomy's names, on which few ads lean.

        Texts are compared if one of them has any.
        """
        terms = {name: Terms.of(_counts(name, ads)) for name in (_SPELLING, _TITLE_WORDS)}
        texts = sum(map(bool, ads.texts))
        if texts:
            limits = (_RAREST, _COMMONEST) if texts >= _FEWEST_TEXTS else (1, 1.0)
            terms[_TEXT_WORDS] = Terms.of(_counts(_TEXT_WORDS, ads), *limits)
        centre = centre_of(ads.vectors, mean_name)
        return AdKernel(terms, centre, in_steps(seen_from(centre, ads.vectors)))

    def among(self) -> NDArray[np.float32]:
        """Of the ads with each other, shape (ads, ads)."""
        rows = {name: found.rows.matrix() for name, found in self._terms.items()}
        return self._products(rows, self._titles)

    def towards(self, ads: AdTexts) -> NDArray[np.float32]:
        """Of other `ads` with those that it was made of, shape (others, ads)."""
        rows = {
            name: found.rows_of(_counts(name, ads)).matrix() for name, found in self._terms.items()
        }
        return self._products(rows, in_steps(seen_from(self._centre, ads.vectors)))

    def arrays(self) -> Arrays:
        """All that it is made of, by name, none of them empty."""
        arrays: Arrays = {"titles": self._titles}
        if self._centre is not None:
            arrays["centre"] = self._centre
        for name, found in self._terms.items():
            if len(found.rows.values):
                parts = {
                    "columns": found.columns,
                    "weights": found.weights,
                    "unknown": np.array([found.unknown]),
                    "values": found.rows.values,
                    "places": found.rows.columns,
                    "ends": found.rows.ends,
                }
                arrays |= {f"{name}.{part}": array for part, array in parts.items()}
        return arrays

    @staticmethod
    def from_arrays(arrays: Arrays) -> "AdKernel":
        """The inverse of `arrays`. KeyError for what is none."""
        terms = {}
        for name in (_SPELLING, _TITLE_WORDS, _TEXT_WORDS):
            if f"{name}.columns" not in arrays:
                continue
            columns, weights, unknown, values, places, ends = (
                arrays[f"{name}.{part}"]
                for part in ("columns", "weights", "unknown", "values", "places", "ends")
            )
            rows = SparseRows(values, places, ends, len(columns))
            terms[name] = Terms(columns, weights, float(unknown[0]), rows)
        return AdKernel(terms, arrays.get("centre"), arrays["titles"])

    def _products(self, rows: Mapping[str, "sparse.csr_matrix"], titles: Vectors) -> Vectors:
        kernel = np.empty((len(titles), len(self._titles)), dtype=np.float32)
        for start in range(0, len(titles), _ROWS):
            part = slice(start, start + _ROWS)
            alike = self._shares[_TITLE] * cosines(titles[part], self._titles)
            for name, found in rows.items():
                product: Any = found[part] @ self._transposed[name]
                alike += self._shares[name] * product.toarray()
            kernel[part] = np.expm1(alike) / np.float32(math.e - 1)
        return kernel


def centre_of(vectors: Vectors, mean_name: Vectors | None) -> Vectors | None:
    """The mean of the vectors that are not zeros, few of which lean on `mean_name`."""
    if mean_name is None:
        return None
    there = vectors[vectors.any(axis=1)]
    return np.asarray((there.sum(axis=0) + _FEW * mean_name) / (len(there) + _FEW), np.float32)


def _weight(ads: int, frequency: NDArray[Any]) -> NDArray[np.float64]:
    """Inverse document frequency, smoothed as in scikit-learn's TfidfTransformer."""
    return np.asarray(np.log((1 + ads) / (1 + frequency)) + 1)


def _rows(
    counts: SparseRows,
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    unknown: float,
) -> SparseRows:
    """`counts` weighed, rows of length 1 before unknown terms are dropped."""
    places = np.searchsorted(columns, counts.columns).clip(max=max(len(columns) - 1, 0))
    known = columns[places] == counts.columns if len(columns) else np.zeros(len(places), bool)
    found = weights[places] if len(columns) else np.zeros(len(places), np.float32)
    weighed = counts.values * np.where(known, found, unknown)
    # The unknown stand in a column of their own until the lengths are known.
    places = np.where(known, places, len(columns))
    rows = unit_rows(SparseRows(weighed, places, counts.ends, len(columns) + 1))
    return rows.having(places < len(columns), len(columns))


def _counts(name: str, ads: AdTexts) -> SparseRows:
    """How often each ad has each term of that kind."""
    if name == _SPELLING:
        return lexical.counts(ads.titles)
    if name == _TITLE_WORDS:
        return _word_counts(ads.titles, _TITLE_PREFIX)
    return _word_counts((text[:TEXT_CHARACTERS] for text in ads.texts), _TEXT_PREFIX)


def _word_counts(texts: Iterable[str], letters: int) -> SparseRows:
    return hashed_counts((_beginnings(text, letters) for text in texts), lexical.DIMENSIONS)


def _beginnings(text: str, letters: int) -> Iterator[str]:
    """Words and pairs of words, each cut: endings differ, trades do not."""
    words = [word[:letters] for word in _WORD.findall(text.casefold())]
    yield from words
    yield from map(" ".join, pairwise(words))
