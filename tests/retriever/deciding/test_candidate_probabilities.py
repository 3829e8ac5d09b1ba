"""A probability for each candidate."""

import pytest

from isco.core.records import Candidate
from isco.retriever.deciding.candidate_probabilities import AMONG_OTHERS, with_probabilities

CODES = ["5120", "5120", "7512", "9412"]
CANDIDATES = [
    Candidate(code, "", f"urn:{n}", code, 2.0 - n / 5, n + 1) for n, code in enumerate(CODES)
]
SHARES = {"5120": 0.6, "7512": 0.36, "9412": 0.04}


def test_the_answer_s_candidates_share_its_confidence_and_the_others_a_part_of_the_rest() -> None:
    found = with_probabilities(CANDIDATES, "5120", 0.5, SHARES, 0.2)
    first, second, third, fourth = (c.probability or 0.0 for c in found)
    assert first + second == pytest.approx(0.5, abs=1e-3)
    assert first > second
    assert third + fourth == pytest.approx(0.5 * AMONG_OTHERS, abs=1e-3)
    assert third == pytest.approx(9**0.45 * fourth, rel=0.01)


def test_shares_that_labelled_ads_had_a_say_in_are_probabilities_as_they_are() -> None:
    found = with_probabilities(CANDIDATES, "5120", 0.5, SHARES, 0.2, labelled=True)
    assert found[2].probability == pytest.approx(9 * (found[3].probability or 0.0), rel=0.02)


def test_they_sum_to_less_than_one_whatever_the_answer() -> None:
    for code, sure in (("5120", 1.0), ("7512", 0.0), ("2221", 0.9)):
        found = with_probabilities(CANDIDATES, code, sure, SHARES, 0.2)
        total = sum(candidate.probability or 0.0 for candidate in found)
        assert 0 <= total <= 1 + 1e-3


def test_a_code_without_a_share_has_no_probability() -> None:
    found = with_probabilities(CANDIDATES, "5120", 0.5, {"5120": 1.0}, 0.2)
    assert [candidate.probability for candidate in found[2:]] == [0.0, 0.0]
