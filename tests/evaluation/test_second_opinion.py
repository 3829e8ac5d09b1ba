"""What an LLM could bring where none was asked. (What one brought: tests/test_evaluation.py.)"""

import pytest

from isco.core.records import PredictionPath
from isco.evaluation.second_opinion import disagreement
from tests.support.scored import scored_ad

ADS = [
    scored_ad("2512", "2512", path=PredictionPath.UNANIMOUS),
    scored_ad("2512", "2519", path=PredictionPath.MAJORITY, candidates=("2519", "2512")),
    scored_ad("2512", "2519", path=PredictionPath.VOTE, candidates=("2519", "2512")),
    scored_ad("2512", "2512", path=PredictionPath.VOTE, candidates=("2512", "2519")),
    scored_ad("1111", "2519", path=PredictionPath.VOTE, candidates=("2519", "2512")),
    scored_ad("5120", "51", path=PredictionPath.VOTE, candidates=("5131", "5120")),
    scored_ad("5120", None, path=PredictionPath.DECLINED, candidates=("5131", "5120")),
    scored_ad("5120", None, path=PredictionPath.NOT_A_JOB),
]


def test_ads_on_which_the_neighbours_disagree_would_be_asked_about():
    found = disagreement(ADS)
    assert (found.n, found.share) == (5, 5 / 8)


def test_at_most_those_whose_code_is_among_the_candidates_can_be_put_right():
    found = disagreement(ADS)
    assert found.within_reach == 3
    assert found.accuracy == pytest.approx(2 / 8)
    assert found.ceiling == pytest.approx(5 / 8)


def test_it_is_plain_data():
    assert disagreement(ADS).as_dict() == {
        "n": 5, "share": 0.625, "within_reach": 3, "accuracy": 0.25, "ceiling": 0.625,
    }  # fmt: skip


def test_where_one_was_asked_or_nothing_was_there_to_ask_about_nothing_is_said():
    assert disagreement([*ADS, scored_ad("2512", "2512", offered=("2512", "2519"))]) is None
    assert disagreement([]) is None
