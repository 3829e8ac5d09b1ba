"""Character n-grams as sparse vectors: what an embedding misses, spelling still tells.

TF-IDF over n-grams of 2 to 5 characters within words, hashed into a fixed number of dimensions so
that no vocabulary needs to be kept beside the collection. The weights are folded into the
documents (tf · idf² / length), so that a query needs none of its own: the plain dot product with
its n-gram counts ranks as the cosine of both TF-IDF vectors would.

N-grams, hashes and lengths are those of scikit-learn's HashingVectorizer and `normalize`, to the
bit. That library is not asked itself, because every command would wait a second for its import.
"""

from collections.abc import Iterator, Sequence
from functools import reduce

import mmh3
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

DIMENSIONS = 2**22
_SHORTEST, _LONGEST = 2, 5


def query_vectors(texts: Sequence[str]) -> sparse.csr_matrix:
    """N-gram counts of `texts`, rows of length 1, shape (len(texts), DIMENSIONS), float32.

    All of one length, so that the size of a product says how much of the spelling is shared.
    """
    return _unit(_counts(texts))


def document_vectors(*languages: Sequence[Sequence[str]]) -> sparse.csr_matrix:
    """One vector a document from its names, shape (documents, DIMENSIONS), float32.

    Each of `languages` holds the names of all documents in that language. Within a language the
    unit TF-IDF vectors of a document's names are added up and scaled to length 1, so that n-grams
    which many of its names share count most. Of an n-gram's weights in several languages the
    largest stands, so that names in one don't make those in another count less; then the query's
    share of the weights is folded in.
    """
    named = [names for names in languages if any(names)]
    counts = [_counts([name for document in names for name in document]) for names in named]
    every = sparse.csr_matrix(sparse.vstack(counts))
    weights = sparse.diags(_inverse_document_frequency(every))
    pooled = [_pooled(*pair, weights) for pair in zip(named, counts, strict=True)]
    largest = reduce(lambda one, other: one.maximum(other), pooled)
    weighted = sparse.csr_matrix(largest @ weights, dtype=np.float32)
    weighted.sort_indices()
    return weighted


def _pooled(
    names: Sequence[Sequence[str]], counts: sparse.csr_matrix, weights: sparse.dia_matrix
) -> sparse.csr_matrix:
    """One row of length 1 a document, of zeros where it has no names; `counts` has a row a name."""
    owner = np.repeat(np.arange(len(names)), [len(document) for document in names])
    member = sparse.csr_matrix(
        (np.ones(len(owner), dtype=np.float32), (owner, np.arange(len(owner)))),
        shape=(len(names), len(owner)),
    )
    return _unit(sparse.csr_matrix(member @ _unit(sparse.csr_matrix(counts @ weights))))


def _counts(texts: Sequence[str]) -> sparse.csr_matrix:
    """How often each n-gram stands in each text, lower case; shape (len(texts), DIMENSIONS)."""
    columns: list[int] = []
    ends = [0]
    for text in texts:
        columns += [abs(mmh3.hash(gram)) % DIMENSIONS for gram in _grams(text.lower())]
        ends.append(len(columns))
    counts = sparse.csr_matrix(
        (np.ones(len(columns), dtype=np.float32), np.array(columns, dtype=np.int32), ends),
        shape=(len(texts), DIMENSIONS),
    )
    counts.sum_duplicates()
    return counts


def _grams(text: str) -> Iterator[str]:
    """The n-grams of each word with a space before and after it."""
    for word in text.split():
        padded = f" {word} "
        for size in range(_SHORTEST, min(_LONGEST, len(padded)) + 1):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]


def _inverse_document_frequency(counts: sparse.csr_matrix) -> NDArray[np.float32]:
    """Smoothed: ln((1 + n) / (1 + df)) + 1, as in scikit-learn's TfidfTransformer."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.asarray(np.log((1 + counts.shape[0]) / (1 + frequency)) + 1, dtype=np.float32)


def _unit(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows scaled to length 1; a row of zeros stays. Lengths are summed in double precision."""
    owner = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    squares = np.bincount(owner, weights=matrix.data * matrix.data, minlength=matrix.shape[0])
    lengths = np.sqrt(squares)[owner]
    scaled = (matrix.data / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return sparse.csr_matrix((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)
