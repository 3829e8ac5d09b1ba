"""Reliability of confidences, against hand-made bins, scikit-learn, and simulated truth."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from isco.evaluation.reliability import reliability


def calibrated(n, seed):
    draws = np.random.default_rng(seed)
    confidences = draws.random(n).round(4)
    return list(confidences), list(draws.random(n) < confidences)


def test_bins_hold_equally_many_answers_and_their_distances_make_the_error():
    # Twenty answers, two a bin; in each the first is right and the second wrong.
    confidences = [(step + 0.5) / 20 for step in range(20)]
    found = reliability(confidences, [True, False] * 10)
    assert [part.n for part in found.bins] == [2] * 10
    assert [part.accuracy for part in found.bins] == [0.5] * 10
    means = [(part.low + part.high) / 2 for part in found.bins]
    assert [part.confidence for part in found.bins] == pytest.approx(means)
    assert found.ece == pytest.approx(np.mean([abs(0.5 - mean) for mean in means]))
    assert (found.n, found.accuracy) == (20, 0.5)


@pytest.mark.parametrize("seed", range(10))
def test_bins_are_those_of_scikit_learns_calibration_curve(seed):
    confidences, right = calibrated(200, seed)
    confidences = [confidence + step * 1e-7 for step, confidence in enumerate(confidences)]
    found = reliability(confidences, right)
    curve = calibration_curve(right, confidences, n_bins=10, strategy="quantile")
    assert [part.accuracy for part in found.bins] == pytest.approx(list(curve[0]))
    assert [part.confidence for part in found.bins] == pytest.approx(list(curve[1]))


def test_bins_of_unequal_size_count_by_their_answers():
    found = reliability([0.2] * 30 + [0.8] * 10, [True] * 12 + [False] * 18 + [True] * 10)
    assert [(part.n, part.right) for part in found.bins] == [(30, 12), (10, 10)]
    assert found.ece == pytest.approx(0.75 * 0.2 + 0.25 * 0.2)


def test_answers_of_one_confidence_are_never_parted():
    confidences = [0.1, 0.2, 0.3, *[0.5] * 40, 0.6, 0.7, 0.9]
    found = reliability(confidences, [True] * len(confidences))
    assert sum(part.low <= 0.5 <= part.high for part in found.bins) == 1
    edges = [edge for part in found.bins for edge in (part.low, part.high)]
    assert edges == sorted(edges)


def test_the_order_of_the_answers_changes_nothing():
    confidences, right = calibrated(200, seed=4)
    confidences = [round(confidence, 1) for confidence in confidences]
    forward = reliability(confidences, right)
    assert reliability(confidences[::-1], right[::-1]) == forward


@pytest.mark.parametrize("n", [1, 3, 9, 10, 11, 271])
def test_no_answer_is_lost_in_any_number_of_them(n):
    confidences, right = calibrated(n, seed=n)
    found = reliability(confidences, right)
    assert found.n == n
    assert len(found.bins) == min(n, 10)
    assert sum(part.right for part in found.bins) == sum(right)


def test_the_brier_score_is_scikit_learns():
    confidences, right = calibrated(300, seed=1)
    found = reliability(confidences, right)
    assert found.brier == pytest.approx(brier_score_loss(right, confidences))
    share = np.mean(right)
    assert found.brier_of_constant == pytest.approx(brier_score_loss(right, [share] * 300))


def test_a_perfect_confidence_is_explained_by_chance_nineteen_times_in_twenty():
    found = [reliability(*calibrated(100, seed)) for seed in range(200)]
    explained = sum(each.is_explained_by_chance for each in found)
    assert 180 <= explained <= 198
    # What it shows on average is what the simulation expects.
    mean = np.mean([each.ece for each in found])
    assert mean == pytest.approx(np.mean([each.by_chance for each in found]), rel=0.05)


def test_an_overconfident_one_is_not():
    confidences, right = calibrated(300, seed=2)
    found = reliability([min(1, confidence + 0.3) for confidence in confidences], right)
    assert not found.is_explained_by_chance
    assert found.ece > 2 * found.by_chance


def test_the_error_by_chance_shrinks_with_the_sample():
    small, large = (reliability(*calibrated(n, seed=5)).by_chance for n in (50, 5000))
    assert small > 5 * large


def test_without_answers_nothing_is_said():
    assert reliability([], []) is None
