"""Coverage against accuracy, and how far answers go."""

import pytest

from isco.evaluation.coverage import coverage_at, coverage_by_level, coverage_curve


def points(curve):
    return [(point.threshold, point.n, point.right, point.coverage) for point in curve]


def test_the_curve_accepts_the_surest_answers_first():
    curve = coverage_curve([0.2, 0.9, 0.5], [False, True, True], ads=4)
    assert points(curve) == [(0.9, 1, 1, 0.25), (0.5, 2, 2, 0.5), (0.2, 3, 2, 0.75)]
    assert [point.accuracy for point in curve] == pytest.approx([1, 1, 2 / 3])


def test_answers_of_one_confidence_are_accepted_together():
    curve = coverage_curve([0.5, 0.9, 0.5, 0.5], [True, True, False, False], ads=4)
    assert points(curve) == [(0.9, 1, 1, 0.25), (0.5, 4, 2, 1.0)]


def test_the_order_of_the_answers_changes_nothing():
    confidences, right = [0.5, 0.9, 0.5, 0.1], [True, True, False, False]
    forward = coverage_curve(confidences, right, ads=4)
    assert coverage_curve(confidences[::-1], right[::-1], ads=4) == forward


def test_without_answers_there_is_no_curve():
    assert coverage_curve([], [], ads=3) == ()
    assert coverage_at((), 0.8) is None


def test_of_all_thresholds_with_the_accuracy_the_one_that_covers_most_is_taken():
    # 1/1, 1/2, 2/3, 3/4, 4/5, 4/6: .8 is reached again after it was lost.
    right = [True, False, True, True, True, False]
    curve = coverage_curve([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], right, ads=10)
    assert coverage_at(curve, 0.8).n == 5
    assert coverage_at(curve, 0.8).coverage == 0.5
    assert coverage_at(curve, 0.9).n == 1
    assert coverage_at(curve[1:], 0.9) is None


def test_an_accepted_point_as_plain_data_has_its_interval():
    point = coverage_curve([0.7] * 10, [True] * 8 + [False] * 2, ads=20)[0]
    assert point.as_dict() == {
        "coverage": 0.5, "accuracy": 0.8, "interval": [0.4902, 0.9433], "threshold": 0.7, "n": 10,
    }  # fmt: skip


GOLD = ["2512", "2512", "2512", "2512", "9112", "9112", "0110"]
ANSWERS = ["2512", "2514", "251", "252", "9", None, "02"]


def test_answers_are_judged_at_their_own_level():
    found = coverage_by_level(GOLD, ANSWERS)
    assert {level: (r.n, r.right) for level, r in found.items()} == {
        4: (2, 1), 3: (2, 1), 2: (1, 0), 1: (1, 1), 0: (1, 0),
    }  # fmt: skip
    assert [found[level].accuracy for level in (4, 3, 2, 1)] == [0.5, 0.5, 0, 1]


def test_ads_without_a_code_have_a_share_but_no_accuracy():
    found = coverage_by_level(GOLD, ANSWERS)[0]
    assert (found.share, found.accuracy) == (pytest.approx(1 / 7), None)
    assert coverage_by_level(["2512"], ["2512"])[3].accuracy is None


def test_the_shares_of_all_levels_add_up_to_one():
    assert sum(r.share for r in coverage_by_level(GOLD, ANSWERS).values()) == pytest.approx(1)
    assert sum(r.share for r in coverage_by_level([], []).values()) == 0
