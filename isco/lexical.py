"""Character n-grams as sparse vectors: what an embedding misses, spelling still tells.

TF-IDF over n-grams of 2 to 5 characters within words, hashed into a fixed number of dimensions so
that no vocabulary needs to be kept beside the collection. The weights are folded into the
documents (tf · idf² / length), so that a query needs none of its own: the plain dot product with
its n-gram counts ranks as the cosine of both TF-IDF vectors would.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

DIMENSIONS = 2**22
_COUNTS = HashingVectorizer(
    analyzer="char_wb",
    ngram_range=(2, 5),
    n_features=DIMENSIONS,
    alternate_sign=False,
    norm=None,
    lowercase=True,
    dtype=np.float32,
)


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
    return sparse.csr_matrix(_COUNTS.transform(texts))


def _inverse_document_frequency(counts: sparse.csr_matrix) -> NDArray[np.float32]:
    """Smoothed: ln((1 + n) / (1 + df)) + 1, as in scikit-learn's TfidfTransformer."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.asarray(np.log((1 + counts.shape[0]) / (1 + frequency)) + 1, dtype=np.float32)


def _unit(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    return sparse.csr_matrix(normalize(matrix, norm="l2", axis=1))
