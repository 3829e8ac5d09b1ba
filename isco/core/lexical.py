"""Character n-grams as sparse vectors: what an embedding misses, spelling still tells.

TF-IDF over n-grams of 2 to 5 characters within words, hashed into a fixed number of dimensions so
that no vocabulary needs to be kept beside the collection. The weights are folded into the
documents (tf · idf² / length), so that a query needs none of its own: the plain dot product with
its n-gram counts ranks as the cosine of both TF-IDF vectors would.

N-grams, hashes and lengths are those of scikit-learn's HashingVectorizer and `normalize`, to the
bit. That library is not asked itself, because every command would wait a second for its import.
"""

from collections.abc import Iterator, Sequence

from isco.core.sparse_rows import (
    SparseRows,
    hashed_counts,
    inverse_document_frequency,
    unit_rows,
)

DIMENSIONS = 2**22
_SHORTEST, _LONGEST = 2, 5


def query_vectors(texts: Sequence[str]) -> SparseRows:
    """N-gram counts of `texts`, one row of length 1 each, DIMENSIONS wide.

    All of one length, so that the size of a product says how much of the spelling is shared.
    """
    return unit_rows(counts(texts))


def document_vectors(names: Sequence[Sequence[str]]) -> SparseRows:
    """One row a document from its names, DIMENSIONS wide.

    The unit TF-IDF vectors of a document's names are added up and scaled to length 1, so that
    n-grams which many of its names share count most; then the query's share of the weights is
    folded in.
    """
    found = counts([name for document in names for name in document])
    weights = inverse_document_frequency(found)
    pooled = unit_rows(found.weighed(weights)).summed([len(document) for document in names])
    return unit_rows(pooled).weighed(weights)


def counts(texts: Sequence[str]) -> SparseRows:
    """How often each n-gram stands in each text, lower case, DIMENSIONS wide."""
    return hashed_counts((_grams(text.lower()) for text in texts), DIMENSIONS)


def _grams(text: str) -> Iterator[str]:
    """The n-grams of each word with a space before and after it."""
    for word in text.split():
        padded = f" {word} "
        for size in range(_SHORTEST, min(_LONGEST, len(padded)) + 1):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]
