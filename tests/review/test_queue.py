import pytest

from isco.review.queue import alike, make_queue
from tests.review.answered import answer

SURE = [answer(f"s{n}", f"Sure {n}", {"2512": 0.95}, n) for n in range(200)]
UNSURE = [answer(f"u{n}", f"Unsure {n}", {"5120": 0.4 + n / 100}, n) for n in range(30)]


def test_equal_titles_are_one_decision_and_an_ad_without_a_title_is_alone() -> None:
    ads = [
        answer("1", "Cook", {"5120": 0.5}),
        answer("2", " cook ", {"3434": 0.5}),
        answer("3", "COOK", {"3434": 0.5}),
        answer("4", "", {"5120": 0.5}, 3),
        answer("5", "", {"5120": 0.5}, 4),
    ]
    groups = alike(ads)
    # Shown is one that has the code of most.
    assert [[ad.id for ad in group.ads] for group in groups] == [["2", "1", "3"], ["4"], ["5"]]


def test_what_is_sure_coded_no_job_or_broken_is_not_asked_about() -> None:
    ads = [
        answer("1", "Cook", {"5120": 0.9}),
        answer("2", "Chef", {"3434": 0.2}, path="coded"),
        answer("3", "", {}, path="not_a_job", profile=None),
        answer("4", "", {}, path="error", profile=None),
        answer("5", "Driver", {"8332": 0.9}, isco_code="83"),
        answer("6", "Nurse", {"2221": 0.5}),
        answer("7", "Clerk", {"4110": 0.2}, isco_code=None, path="declined"),
    ]
    queue = make_queue(ads, random_share=0)
    assert {group.shown.id for group in queue.groups} == {"5", "6", "7"}
    assert (queue.accepted, queue.unsure, queue.not_asked, queue.groups_unsure) == (1, 3, 3, 3)


def test_the_unsure_come_first_and_codes_take_turns() -> None:
    ads = [
        answer("1", "Cook", {"5120": 0.5}),
        answer("2", "Line cook", {"5120": 0.5}),
        answer("3", "Chef", {"3434": 0.55}),
        answer("4", "Commis", {"5120": 0.2}),
    ]
    assert [group.shown.id for group in make_queue(ads, random_share=0).groups] == [
        "4",
        "3",
        "1",
        "2",
    ]


def test_a_budget_holds_the_random_share_too_and_both_stand_mixed() -> None:
    queue = make_queue([*SURE, *UNSURE], budget=20, random_share=0.2)
    assert len(queue.groups) == 20
    assert [n for n, group in enumerate(queue.groups) if group.at_random] == [2, 7, 12, 17]
    assert {group.shown.id for group in queue.groups if group.at_random} <= {ad.id for ad in SURE}


def test_without_a_budget_all_that_is_unsure_is_there_and_the_share_beside_it() -> None:
    queue = make_queue([*SURE, *UNSURE], random_share=0.25)
    assert len(queue.groups) == 40
    assert queue.drawn == 10


def test_the_draw_depends_on_the_seed_alone() -> None:
    def drawn(seed: int) -> list[str]:
        queue = make_queue([*SURE, *UNSURE], budget=50, random_share=0.2, seed=seed)
        return [group.shown.id for group in queue.groups if group.at_random]

    assert drawn(1) == drawn(1) != drawn(2)


def test_every_accepted_ad_is_as_likely_to_be_drawn_however_many_have_its_title() -> None:
    many = [answer(f"m{n}", "Driver", {"8332": 0.9}, n) for n in range(100)]
    few = [answer(f"f{n}", f"Few {n}", {"2512": 0.9}, 100 + n) for n in range(100)]
    weights = [
        sum(group.drawn for group in make_queue([*many, *few], 0.8, 20, 0.99, seed).groups
            if group.shown.title == "Driver")
        for seed in range(60)
    ]  # fmt: skip
    # Half of 20 on average; the standard error of the mean of 60 is .27.
    assert 9 < sum(weights) / 60 < 11


def test_an_accepted_ad_of_another_code_is_not_decided_with_the_one_that_was_drawn() -> None:
    ads = [answer("1", "Cook", {"5120": 0.9}), answer("2", "Cook", {"3434": 0.9}, 1)]
    groups = make_queue(ads, random_share=0.9, budget=10).groups
    assert sorted(len(group.ads) for group in groups) == [1, 1]


def test_a_share_that_leaves_nothing_to_teach_is_refused() -> None:
    with pytest.raises(ValueError, match="less than 1"):
        make_queue(UNSURE, random_share=1.0)
