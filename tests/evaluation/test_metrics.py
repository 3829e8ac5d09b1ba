"""Measures over codes, against values worked out by hand and against scikit-learn."""

import random

import pytest
from sklearn.metrics import f1_score

from isco.evaluation.metrics import (
    accuracy,
    lca_score,
    macro_f1,
    macro_f1_of_numbers,
    numbered,
    recall,
)

GOLD = ["2512", "2512", "0110", "9112", "5120"]
# Right; right to three digits; right to one digit; wrong; missing.
PREDICTED = ["2512", "2519", "0210", "2512", None]


@pytest.mark.parametrize(("level", "share"), [(4, 1 / 5), (3, 2 / 5), (2, 2 / 5), (1, 3 / 5)])
def test_accuracy_counts_codes_that_are_right_to_that_many_digits(level, share):
    assert accuracy(GOLD, PREDICTED, level) == pytest.approx(share)


def test_a_shorter_code_is_right_down_to_its_own_level_only():
    assert [accuracy(["2512"], ["251"], level) for level in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert [accuracy(["2512"], [""], level) for level in (1, 4)] == [0, 0]
    assert accuracy(["251"], ["251"], 4) == 0


def test_lca_score_is_the_mean_of_shared_leading_digits_over_four():
    assert lca_score(GOLD, PREDICTED) == pytest.approx((4 + 3 + 1 + 0 + 0) / 4 / 5)
    assert lca_score(["2512"], ["25"]) == 0.5


def test_lca_score_is_the_mean_of_the_four_accuracies():
    accuracies = [accuracy(GOLD, PREDICTED, level) for level in (1, 2, 3, 4)]
    assert lca_score(GOLD, PREDICTED) == pytest.approx(sum(accuracies) / 4)


def test_missing_predictions_are_wrong_at_every_level():
    missing = [None] * len(GOLD)
    assert [accuracy(GOLD, missing, level) for level in (1, 2, 3, 4)] == [0, 0, 0, 0]
    assert lca_score(GOLD, missing) == 0
    assert macro_f1(GOLD, missing) == 0


@pytest.mark.parametrize(("depth", "share"), [(1, 1 / 4), (2, 2 / 4), (3, 3 / 4), (15, 3 / 4)])
def test_recall_counts_codes_within_the_depth_of_their_ranking(depth, share):
    rankings = [
        ["2512", "1120"], ["1120", "2512"], ["1120", "1111", "0110", "2512"], [],
    ]  # fmt: skip
    assert recall(["2512", "2512", "0110", "9112"], rankings, depth) == pytest.approx(share)


def test_a_group_above_the_code_is_no_recall():
    assert recall(["2512"], [["251", "25"]], 5) == 0


def test_macro_f1_by_hand_averages_over_codes_of_both_sides():
    gold = ["2512", "2512", "0110", "9112"]
    predicted = ["2512", "0110", "0110", None]
    # 2512: 1 of 2 found, nothing wrongly: 2/3. 0110: 1 of 1, one wrongly: 2/3. 9112: 0.
    assert macro_f1(gold, predicted) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    # A code that only occurs as a wrong prediction counts with 0.
    assert macro_f1(["2512"], ["1120"]) == 0
    assert macro_f1(["2512", "2512"], ["2512", "1120"]) == pytest.approx((2 / 3 + 0) / 2)


@pytest.mark.parametrize("seed", range(20))
def test_macro_f1_is_scikit_learns(seed):
    draw = random.Random(seed)
    codes = [f"{draw.randrange(10000):04}" for _ in range(12)]
    gold = [draw.choice(codes) for _ in range(60)]
    predicted = [code if draw.random() < 0.6 else draw.choice(codes) for code in gold]
    assert macro_f1(gold, predicted) == pytest.approx(
        f1_score(gold, predicted, average="macro", zero_division=0)
    )


def test_macro_f1_with_missing_predictions_is_scikit_learns_without_their_label():
    draw = random.Random(0)
    codes = ["2512", "0110", "9112", "5120"]
    gold = [draw.choice(codes) for _ in range(80)]
    predicted = [draw.choice([*codes, None]) for _ in gold]
    expected = f1_score(gold, [code or "none" for code in predicted], labels=codes, average="macro")
    assert macro_f1(gold, predicted) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(20))
def test_macro_f1_of_resamples_is_macro_f1(seed):
    draw = random.Random(seed)
    codes = [f"{draw.randrange(10000):04}" for _ in range(12)]
    gold = [draw.choice(codes) for _ in range(60)]
    predicted = [code if draw.random() < 0.6 else draw.choice([*codes, None]) for code in gold]
    numbers = numbered(gold, predicted)
    assert macro_f1_of_numbers(*numbers) == pytest.approx(macro_f1(gold, predicted))


def test_measures_of_nothing_are_0():
    assert (accuracy([], [], 4), lca_score([], []), recall([], [], 5), macro_f1([], [])) == (
        0, 0, 0, 0,
    )  # fmt: skip


def test_sides_of_different_length_are_an_error():
    for measure in (lca_score, macro_f1, lambda g, p: accuracy(g, p, 4),
                    lambda g, p: recall(g, p, 1)):  # fmt: skip
        with pytest.raises(ValueError, match="zip"):
            measure(["2512", "0110"], ["2512"])
