"""The occupations that an ad may be in."""

from dataclasses import replace

import pytest

from isco.core.records import Concept, Kind, Occupation
from isco.retriever.deciding.occupations import MOST, likely_occupations, occupation_within
from tests.support.doubles import make_concept

COOK, CHEF = make_concept("5120", "cook"), make_concept("5120", "school cook")
BAKER = make_concept("7512", "baker")
GROUP = replace(make_concept("5120", "Cooks"), kind=Kind.GROUP)
LEAVES: dict[str, list[tuple[Concept, float]]] = {
    "5120": [(GROUP, 9.0), (COOK, 2.0), (CHEF, 1.0)],
    "7512": [(BAKER, 0.5)],
}


def likely(**probabilities: float) -> tuple[Occupation, ...]:
    of_codes = {code.removeprefix("c"): each for code, each in probabilities.items()}
    return likely_occupations(of_codes, lambda code: LEAVES.get(code, []))


def test_occupations_share_the_probability_of_their_code_and_the_group_itself_has_no_part() -> None:
    found = likely(c5120=0.6, c7512=0.3)
    assert [each.label for each in found] == ["cook", "baker", "school cook"]
    assert sum(each.probability for each in found if each.isco_code == "5120") == pytest.approx(0.6)
    assert found[1].probability == 0.3


def test_a_code_without_occupations_and_what_is_next_to_impossible_have_none() -> None:
    assert likely(c9111=0.9, c7512=0.004) == ()


def test_there_are_no_more_than_a_person_reads() -> None:
    many = [(make_concept("5120", f"cook {number}"), 0.0) for number in range(3 * MOST)]
    assert len(likely_occupations({"5120": 0.9}, lambda _: many)) == MOST


@pytest.mark.parametrize(("code", "label"), [("7512", "baker"), ("512", None), (None, None)])
def test_the_occupation_is_one_of_the_answer_s_four_digits(
    code: str | None, label: str | None
) -> None:
    found = occupation_within(code, likely(c5120=0.6, c7512=0.3))
    assert (found and found.label) == label


def test_it_is_called_as_in_the_main_language() -> None:
    dutch = replace(BAKER, label="bakker", main_label="baker")
    (found,) = likely_occupations({"7512": 0.9}, lambda _: [(dutch, 1.0)])
    assert found.label == "baker"
