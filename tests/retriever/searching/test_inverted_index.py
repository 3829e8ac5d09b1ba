"""Products by postings are those of sparse matrices, whatever stands beside a query."""

import numpy as np
import pytest
from scipy import sparse

from isco.core.sparse_rows import SparseRows
from isco.retriever.searching.inverted_index import InvertedIndex

WIDTH = 5_000


def rows(count, seed, filled=60):
    """Rows by chance, some columns far more frequent than others; some rows are empty."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        size = int(chance.integers(0, filled))
        columns = np.unique((WIDTH * chance.random(size) ** 6).astype(np.int64))
        found.append((columns, chance.standard_normal(len(columns)).astype(np.float32)))
    return found


DOCUMENTS = rows(200, seed=1)
QUERIES = SparseRows.of(rows(75, seed=2), WIDTH)
INDEX = InvertedIndex.of(DOCUMENTS)


def of_some(first, end):
    return SparseRows.of([QUERIES.row(at) for at in range(first, end)], WIDTH)


def test_products_are_those_of_scipys_matrices():
    lengths = np.diff(INDEX.ends)
    assert lengths.max() > len(DOCUMENTS) / 16 > lengths.min()
    documents = SparseRows.of(DOCUMENTS, WIDTH).matrix().astype(np.float64)
    expected = (QUERIES.matrix().astype(np.float64) @ documents.T).toarray()
    assert sparse.issparse(documents)
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(INDEX.products(QUERIES), expected, atol=1e-6)


@pytest.mark.parametrize(("first", "end"), [(0, 1), (31, 33), (40, 75), (0, 75)])
def test_a_product_does_not_depend_on_the_queries_beside_it(first, end):
    alone = INDEX.products(of_some(first, end))
    np.testing.assert_array_equal(alone, INDEX.products(QUERIES)[first:end])


@pytest.mark.parametrize("documents", [[], [(np.zeros(0, np.int64), np.zeros(0, np.float32))]])
def test_without_postings_all_products_are_zero(documents):
    found = InvertedIndex.of(documents).products(QUERIES)
    assert found.shape == (75, len(documents))
    assert not found.any()
    assert INDEX.products(of_some(0, 0)).shape == (0, 200)


def test_it_is_known_which_columns_a_row_and_any_row_has():
    asked = np.arange(WIDTH)
    every = {int(column) for columns, _ in DOCUMENTS for column in columns}
    assert set(np.flatnonzero(INDEX.known(asked)).tolist()) == every
    for row, (columns, _) in enumerate(DOCUMENTS[:20]):
        np.testing.assert_array_equal(np.flatnonzero(INDEX.has(row, asked)), columns)
