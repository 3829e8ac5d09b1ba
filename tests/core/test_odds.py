"""Logits and softmax are SciPy's."""

import math

import numpy as np
import pytest
from scipy import special

from isco.core.odds import expit, log_of_sum, logit, softmax

PROBABILITIES = [0.0, 1e-300, 1e-9, 0.005, 0.3, 0.5, 0.995, 1 - 1e-12, 1.0]


@pytest.mark.parametrize("probability", PROBABILITIES)
def test_logits_are_those_of_scipy(probability):
    assert logit(probability) == pytest.approx(float(special.logit(probability)), rel=1e-12)


@pytest.mark.parametrize("value", [-math.inf, -800.0, -700.0, -3.0, 0.0, 3.0, 800.0, math.inf])
def test_the_way_back_is_that_of_scipy(value):
    assert expit(value) == pytest.approx(float(special.expit(value)), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("scores", [[0.0], [1.0, -2.0, 700.0], [-900.0, -901.0], [-math.inf, 2.0]])
def test_softmax_and_the_log_of_a_sum_are_those_of_scipy(scores):
    np.testing.assert_allclose(softmax(scores), special.softmax(scores), rtol=1e-12)
    assert log_of_sum(scores) == pytest.approx(float(special.logsumexp(scores)), rel=1e-12)


def test_softmax_is_over_the_last_axis():
    scores = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_allclose(softmax(scores), special.softmax(scores, axis=-1), rtol=1e-12)
