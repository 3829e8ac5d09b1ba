"""Agreement of coders, against published values."""

import pytest

from isco.evaluation.agreement import (
    agreement_of_pairs,
    alpha_of_all,
    at_level,
    cohens_kappa,
    krippendorffs_alpha,
)

# Krippendorff 2011, "Computing Krippendorff's alpha-reliability", C: four observers, twelve units.
OBSERVERS = ("123321412...", "1233224125.3",
             ".3332342251.", "12332441251.")  # fmt: skip


def test_alpha_is_the_published_one_though_observers_left_units_out():
    units = [[value for value in unit if value != "."] for unit in zip(*OBSERVERS, strict=True)]
    assert krippendorffs_alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_kappa_is_the_published_one():
    # Cohen 1960, in the form that textbooks have: 20 and 15 agree, 5 and 10 do not.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    found = cohens_kappa(pairs)
    assert (found.n, found.share) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4)


@pytest.mark.parametrize("pairs", [[], [("1", "1")] * 3])
def test_without_anything_to_tell_apart_there_is_no_kappa(pairs):
    assert cohens_kappa(pairs).kappa is None
    assert krippendorffs_alpha(pairs) is None


def test_a_shorter_code_is_missing_at_more_digits_and_a_verdict_is_a_value_everywhere():
    assert [at_level("25", digits) for digits in (4, 3, 2, 1)] == [None, None, "25", "2"]
    assert at_level("not a job", 4) == "not a job"


def test_coders_are_compared_on_what_both_coded():
    said = {
        "Ann": {"a": "2512", "b": "2511", "c": "25"},
        "Bob": {"a": "2512", "b": "2512", "d": "5120"},
        "Cem": {"e": "1120"},
    }
    found = agreement_of_pairs(said)
    assert found.keys() == {("Ann", "Bob")}
    assert [found["Ann", "Bob"][level].share for level in (4, 3)] == [0.5, 1.0]
    assert alpha_of_all(said)[3] is None
