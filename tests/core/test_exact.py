"""Products that are the same to the bit, however many vectors are multiplied, and in what place."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from isco.core.embedding.base import unit_rows
from isco.core.embedding.exact import cosines, in_fine_steps, in_steps, sums

# A cosine is moved by two roundings.
TOLERANCE = 5e-4


def drawn(count, dimension, seed):
    """Unit vectors that lie near each other, as a model's do."""
    chance = np.random.default_rng(seed)
    vectors = chance.standard_normal((count, dimension)) + 1.5
    return unit_rows(vectors.astype(np.float32))


@pytest.mark.parametrize("dimension", [48, 384, 1024, 4096])
def test_a_cosine_has_the_same_bits_in_every_batch_and_place(dimension):
    queries, others = in_steps(drawn(40, dimension, 1)), in_steps(drawn(700, dimension, 2))
    together = cosines(queries, others)
    for size in (1, 2, 3, 7, 24):
        for start in range(0, 40, size):
            part = slice(start, start + size)
            np.testing.assert_array_equal(cosines(queries[part], others), together[part])
    np.testing.assert_array_equal(cosines(others, queries).T, together)
    with threadpool_limits(1, user_api="blas"):
        np.testing.assert_array_equal(cosines(queries, others), together)


@pytest.mark.parametrize("dimension", [48, 384, 1024, 4096])
def test_no_sum_is_rounded_even_of_a_vector_with_itself(dimension):
    vectors = in_steps(drawn(50, dimension, 3))
    whole = vectors.astype(np.int64)
    exact = whole @ whole.T
    assert exact.max() < 2**24
    np.testing.assert_array_equal(vectors @ vectors.T, exact.astype(np.float32))


def test_a_cosine_is_moved_by_little_and_one_of_zeros_is_zero():
    queries, others = drawn(40, 384, 1), drawn(700, 384, 2)
    queries[0] = 0
    found = cosines(in_steps(queries), in_steps(others))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, queries @ others.T, atol=TOLERANCE)
    assert not found[0].any()


def test_weighted_sums_have_the_same_bits_in_every_batch_and_order():
    chance = np.random.default_rng(4)
    weights = chance.random((30, 3000), dtype=np.float32)
    matrix = (chance.standard_normal((3000, 430)) * 3).astype(np.float32)
    together = sums(weights, in_fine_steps(matrix))
    in_full = weights.astype(np.float64) @ matrix.astype(np.float64)
    np.testing.assert_allclose(together, in_full, atol=2e-3)
    for row in (0, 7, 29):
        alone = sums(weights[row : row + 1], in_fine_steps(matrix))
        np.testing.assert_array_equal(alone[0], together[row])
    order = chance.permutation(3000)
    again = sums(weights[:, order], in_fine_steps(matrix[order]))
    np.testing.assert_array_equal(again, together)
