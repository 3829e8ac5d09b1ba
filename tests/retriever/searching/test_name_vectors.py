"""Names in whole numbers of steps are as near as they are in full."""

import numpy as np
import pytest

from isco.core.embedding.base import seen_from, unit_rows
from isco.retriever.searching.name_vectors import NameVectors

# Of cosines of rounded vectors.
TOLERANCE = 6e-4
CONCEPTS, DIMENSION = 900, 48


def drawn(count, seed):
    chance = np.random.default_rng(seed)
    return unit_rows((chance.standard_normal((count, DIMENSION)) + 0.7).astype(np.float32))


# Some concepts have more names than are compared at once, some one.
SIZES = np.where(np.arange(CONCEPTS) % 300 == 7, 1500, 1 + np.arange(CONCEPTS) % 5)
STARTS = np.concatenate([[0], np.cumsum(SIZES)[:-1]]).astype(np.int64)
VECTORS = drawn(int(SIZES.sum()), seed=1)
EVERYDAY = np.isin(np.arange(len(VECTORS)), STARTS[SIZES > 2] + 2)
NAMES = NameVectors.of(VECTORS, STARTS, EVERYDAY)
QUERIES = drawn(40, seed=2)
BARE = np.arange(40) % 3 > 0


@pytest.mark.parametrize("centred", [True, False])
def test_the_nearest_name_of_each_concept_is_as_near_as_in_full(centred):
    centre = VECTORS[~EVERYDAY].mean(axis=0) if centred else None
    queries = seen_from(centre, QUERIES)
    full = queries @ seen_from(centre, VECTORS).T
    full[np.ix_(~BARE, EVERYDAY)] = -1
    expected = np.maximum.reduceat(full, STARTS, axis=1)
    found = NAMES.nearest(queries, BARE, centred)
    assert found.shape == (40, CONCEPTS)
    np.testing.assert_allclose(found, expected, atol=TOLERANCE)


def test_everyday_names_count_for_bare_titles_alone():
    place = int(np.flatnonzero(EVERYDAY)[0])
    concept = int(np.searchsorted(STARTS, place, side="right")) - 1
    query = VECTORS[[place, place]]
    bare, longer = NAMES.nearest(query, np.array([True, False]), centred=False)[:, concept]
    assert bare == pytest.approx(1, abs=TOLERANCE)
    assert longer < 0.99


def test_vectors_are_had_back():
    np.testing.assert_allclose(NAMES.vectors, VECTORS, atol=TOLERANCE / 4)
    assert NAMES.whole.dtype == np.int16
    assert len(NAMES) == len(VECTORS)


def test_a_single_name_that_is_its_own_mean_is_like_nothing():
    alone = NameVectors.of(VECTORS[:1], np.zeros(1, np.int64), np.zeros(1, bool))
    assert alone.nearest(QUERIES[:2], BARE[:2], centred=True).tolist() == [[0.0], [0.0]]
    np.testing.assert_allclose(
        alone.nearest(VECTORS[:1], BARE[1:2], centred=False), [[1.0]], atol=TOLERANCE
    )
