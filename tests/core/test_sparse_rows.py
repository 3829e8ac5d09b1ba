"""Rows with few terms each do what SciPy's matrices do."""

import numpy as np
import pytest

from isco.core.sparse_rows import SparseRows, hashed_counts, unit_rows, within

TEXTS = [["a", "b", "a"], [], ["c"], ["b", "c", "c", "c", "d"]]
WIDTH = 1_000
COUNTS = hashed_counts(TEXTS, WIDTH)


def test_terms_are_counted_once_a_row_in_ascending_columns():
    assert [sorted(COUNTS.row(row)[1].tolist()) for row in range(4)] == [
        [1, 2], [], [1], [1, 1, 3],
    ]  # fmt: skip
    assert all((np.diff(COUNTS.row(row)[0]) > 0).all() for row in range(4))
    assert COUNTS.matrix().shape == (4, WIDTH)


def test_matrices_make_rows_again():
    again = SparseRows.of_matrix(COUNTS.matrix())
    for name in ("values", "columns", "ends"):
        np.testing.assert_array_equal(getattr(again, name), getattr(COUNTS, name))
    assert again.width == WIDTH


def test_weights_and_sums_of_neighbours_are_those_of_matrices():
    weights = np.arange(WIDTH, dtype=np.float32)
    weighed = COUNTS.weighed(weights)
    full = COUNTS.matrix().toarray() * weights
    np.testing.assert_array_equal(weighed.matrix().toarray(), full)
    expected = [full[:2].sum(axis=0), np.zeros(WIDTH), full[2:].sum(axis=0)]
    found = weighed.summed([2, 0, 2])
    np.testing.assert_allclose(found.matrix().toarray(), expected, rtol=1e-6)


def test_values_are_left_out_with_their_columns():
    kept = COUNTS.having(COUNTS.values > 1, WIDTH)
    expected = COUNTS.matrix().toarray()
    expected[expected <= 1] = 0
    np.testing.assert_array_equal(kept.matrix().toarray(), expected)
    assert len(kept.values) == 2


def test_rows_of_length_1_stay_and_empty_ones_too():
    lengths = np.sqrt((unit_rows(COUNTS).matrix().toarray() ** 2).sum(axis=1))
    assert lengths == pytest.approx([1, 0, 1, 1])


def test_places_within_spans_follow_one_another():
    starts, lengths = np.array([7, 2, 9]), np.array([2, 0, 3])
    assert within(starts, lengths).tolist() == [7, 8, 9, 10, 11]
    assert within(starts[:0], lengths[:0]).tolist() == []
