"""Confidence intervals, against published values and against the normal theory."""

import random

import numpy as np
import pytest

from isco.evaluation.intervals import bootstrap, measure_intervals, wilson
from isco.evaluation.metrics import accuracy, lca_score, macro_f1, recall


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilsons_interval_is_that_of_newcombes_table(hits, of, low, high):
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    assert wilson(hits, of) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_every_share_is_possible():
    assert wilson(0, 0) == (0, 1)
    assert bootstrap(0, lambda drawn: 0.5) == (0, 1)


def test_the_bootstrap_of_a_mean_agrees_with_the_normal_theory():
    values = np.random.default_rng(3).normal(0.5, 0.2, 400)
    margin = 1.96 * values.std() / np.sqrt(len(values))
    low, high = bootstrap(len(values), lambda drawn: float(values[drawn].mean()))
    assert low == pytest.approx(values.mean() - margin, abs=margin / 5)
    assert high == pytest.approx(values.mean() + margin, abs=margin / 5)


def test_the_same_items_always_have_the_same_interval():
    values = np.arange(50) / 50
    first, second = (bootstrap(50, lambda drawn: float(values[drawn].mean())) for _ in range(2))
    assert first == second
    assert first[0] < first[1]


def test_what_does_not_vary_has_an_interval_of_one_point():
    assert bootstrap(30, lambda drawn: 0.25) == (0.25, 0.25)


def test_one_item_has_an_interval_of_one_point():
    assert bootstrap(1, lambda drawn: 0.25) == (0.25, 0.25)


@pytest.mark.parametrize("seed", range(5))
def test_every_measure_lies_in_its_interval(seed):
    draw = random.Random(seed)
    codes = [f"{draw.randrange(10000):04}" for _ in range(8)]
    gold = [draw.choice(codes) for _ in range(120)]
    guesses = [code if draw.random() < 0.6 else draw.choice([*codes, None]) for code in gold]
    accuracies = {level: accuracy(gold, guesses, level) for level in (4, 1)}
    recalls = {5: recall(gold, [[guess or ""] for guess in guesses], 5)}
    found = measure_intervals(gold, guesses, accuracies, recalls, within=100)
    pairs = [
        (accuracies[4], found.accuracy[4]), (accuracies[1], found.accuracy[1]),
        (recalls[5], found.recall[5]), (100 / 120, found.ceiling),
        (lca_score(gold, guesses), found.lca), (macro_f1(gold, guesses), found.macro_f1),
    ]  # fmt: skip
    for value, (low, high) in pairs:
        assert 0 <= low < value < high <= 1
