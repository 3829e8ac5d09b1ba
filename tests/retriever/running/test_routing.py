"""Which worker gets an ad: like ads the same one, and each worker as many."""

from collections import Counter

import pytest

from isco.core.records import Ad, BrokenRow
from isco.retriever.running.routing import Router


def ad(title, description="You will care for patients."):
    return Ad("1", title, description, 1, 1)


@pytest.mark.parametrize(
    "again",
    [
        "Registered Nurse",
        "REGISTERED NURSE",
        "Registered  nurse - Leeds",
        " Registered nurse (m/f)",
    ],
)
def test_an_ad_that_comes_again_goes_to_the_worker_that_had_it(again):
    router = Router(4, 100)
    router.worker(ad("Cook"))
    had = router.worker(ad("Registered nurse"))
    router.worker(ad("Lorry driver"))
    assert router.worker(ad(again)) == had


def test_new_titles_go_to_the_worker_that_has_had_the_fewest():
    router = Router(3, 100)
    titles = ["Cook", "Nurse", "Driver", "Baker", "Welder", "Teacher"]
    assert [router.worker(ad(title)) for title in titles] == [0, 1, 2, 0, 1, 2]
    router.worker(ad("Cook"))
    assert router.worker(ad("Painter")) == 1


def test_without_letters_in_the_title_the_text_tells():
    router = Router(2, 100)
    nurse = router.worker(ad("", "Nurse wanted."))
    assert router.worker(ad("123", "Cook wanted.")) != nurse
    assert router.worker(ad("—", "Nurse wanted.")) == nurse


def test_one_title_alone_still_keeps_all_workers_busy():
    router = Router(4, 10)
    given = Counter(router.worker(ad("Sales assistant")) for _ in range(1000))
    assert max(given.values()) - min(given.values()) <= 10
    assert len(given) == 4


def test_rows_that_can_not_be_read_are_shared_out_evenly():
    router = Router(2, 100)
    broken = [BrokenRow(str(n), n, n, f"line {n} is no JSON") for n in range(10)]
    assert Counter(map(router.worker, broken)) == {0: 5, 1: 5}
