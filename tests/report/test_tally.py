import pytest

from isco.report.drift import Change, drift
from isco.report.tally import Confidences, Share, Tally
from tests.review.answered import answer

RUN = [
    answer("1", "Cook", {"5120": 0.9}),
    answer("2", "Chef", {"3434": 0.6}, language="fr"),
    answer("3", "Driver", {"8332": 0.5}, isco_code="83", confidence=0.8, best_code="8332",
           best_confidence=0.5),
    answer("4", "Boss", {"1120": 0.3}, isco_code=None, path="declined", confidence=0.0,
           best_code="1120", best_confidence=0.3),
    answer("5", "Nurse", {"2221": 0.97}, path="coded"),
    answer("6", "", {}, path="not_a_job", profile=None, language=None),
    answer("7", "", {}, path="error", profile=None, language=None),
]  # fmt: skip


def test_pages_and_broken_rows_are_no_jobs_and_count_apart() -> None:
    tally = Tally.of(RUN)
    assert (tally.ads, tally.jobs, tally.by_machine) == (7, 5, 4)
    assert dict(tally.paths) == {
        "vote": 3, "declined": 1, "coded": 1, "not_a_job": 1, "error": 1,
    }  # fmt: skip
    assert dict(tally.languages) == {"en": 4, "fr": 1}
    assert dict(tally.levels) == {4: 3, 2: 1, 0: 1}
    assert [tally.coded(level).n for level in (4, 2, 1)] == [3, 4, 4]


def test_groups_of_a_level_are_shares_of_what_is_coded_so_far() -> None:
    tally = Tally.of(RUN)
    assert {code: (s.n, s.of) for code, s in tally.distribution(2).items()} == {
        "22": (1, 4), "34": (1, 4), "51": (1, 4), "83": (1, 4),
    }  # fmt: skip
    assert "8332" not in tally.distribution(4)


def test_thresholds_are_on_unit_groups_whatever_was_answered() -> None:
    tally = Tally.of(RUN)
    assert {t: tally.covered(t).n for t in (0.0, 0.5, 0.6, 0.9)} == {0.0: 4, 0.5: 3, 0.6: 2, 0.9: 1}
    assert tally.covered(0.5).of == 4


def test_what_is_expected_right_is_the_mean_confidence_of_the_answers_given() -> None:
    expected = Tally.of(RUN).expected
    assert (expected.n, expected.mean) == (3, pytest.approx((0.9 + 0.6 + 0.8) / 3))
    low, high = expected.interval or (0, 0)
    assert low < expected.mean < high <= 1
    assert Confidences().mean is None
    assert Confidences().interval is None


def test_nothing_but_broken_rows_has_shares_of_nothing() -> None:
    tally = Tally.of(RUN[-1:])
    assert tally.coded(4).value == 0.0
    assert tally.as_dict()["expected"]["all"]["accuracy"] is None
    assert drift(tally, Tally.of(RUN)).groups[4] == ()


def test_the_interval_of_a_difference_is_newcombes() -> None:
    # Newcombe (1998), table II, example (a) by method 10: 56/70 and 48/80.
    change = Change("", Share(56, 70), Share(48, 80))
    assert change.value == pytest.approx(0.2)
    assert change.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


def run(cooks: int, chefs: int) -> Tally:
    cook, chef = answer("1", "Cook", {"5120": 0.9}), answer("2", "Chef", {"3434": 0.6})
    return Tally.of([cook] * cooks + [chef] * chefs)


def test_a_change_is_told_from_chance() -> None:
    found = drift(run(400, 100), run(250, 250))
    first, second = found.groups[4]
    assert (first.name, second.name) == ("3434", "5120")
    assert first.value == pytest.approx(-0.3)
    assert not first.by_chance
    assert found.distances[4].value == pytest.approx(0.3)
    assert not found.distances[4].is_chance
    assert found.confidence == pytest.approx(0.09)
    assert found.languages[0].by_chance
    same = drift(run(260, 240), run(250, 250))
    assert same.distances[4].is_chance
    assert all(change.by_chance for change in same.groups[4])
