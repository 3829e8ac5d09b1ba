"""What a target accuracy leaves of the answers."""

import pytest

from isco.evaluation.targets import TARGETS, at_targets
from tests.support.scored import answers, measured, scored_ad

ADS = [
    scored_ad(
        "2512", "2512", answers=answers(("2512", 0.95), ("251", 0.96), ("25", 0.97), ("2", 0.99))
    ),
    scored_ad(
        "2512", "2514", answers=answers(("2514", 0.5), ("251", 0.92), ("25", 0.95), ("2", 0.97))
    ),
    scored_ad(
        "9112", "5120", answers=answers(("5120", 0.3), ("512", 0.4), ("51", 0.5), ("5", 0.91))
    ),
    scored_ad(
        "0110", "2221", answers=answers(("2221", 0.1), ("222", 0.2), ("22", 0.3), ("2", 0.4))
    ),
]


def test_each_ad_gets_the_longest_code_that_reaches_the_target():
    found = at_targets(ADS, [0.9])[0]
    assert {level: result.n for level, result in found.levels.items()} == {
        4: 1, 3: 1, 2: 0, 1: 1, 0: 1,
    }  # fmt: skip
    assert (found.coverage, found.unit_groups) == (0.75, 0.25)


def test_answers_are_right_as_far_as_they_go():
    found = at_targets(ADS, [0.9])[0]
    assert found.right == 2
    assert found.accuracy == pytest.approx(2 / 3)


def test_a_target_that_nothing_reaches_leaves_no_answer():
    found = at_targets(ADS, [1.0])[0]
    assert (found.coverage, found.accuracy) == (0.0, None)
    assert found.as_dict()["accuracy"] is None


def test_ads_without_shorter_answers_have_no_targets():
    assert at_targets([scored_ad("2512", "2512")]) == ()


def test_an_evaluation_says_what_targets_cost():
    evaluation = measured(*ADS)
    assert [result.target for result in evaluation.targets] == list(TARGETS)
    assert set(evaluation.as_dict()["targets"]) == {str(target) for target in TARGETS}
