"""Several pieces of work at once, their results in order."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from isco.retriever.running.prefetch import in_order


@pytest.fixture
def by():
    """What begins some work on a piece in one of two threads."""
    with ThreadPoolExecutor(2) as threads:
        yield lambda work: lambda piece: threads.submit(work, piece)


def test_results_come_in_the_order_of_the_pieces_though_later_ones_are_done_first(by):
    second_done = Event()

    def work(piece):
        if piece == 0:
            assert second_done.wait(60)
        elif piece == 1:
            second_done.set()
        return piece * 10

    assert list(in_order(by(work), range(4), 2)) == [(n, n * 10) for n in range(4)]


def test_as_many_are_under_way_at_once_as_were_asked_for(by):
    # Each waits for another one: done one by one, the first would wait in vain.
    together = Barrier(2, timeout=60)
    assert len(list(in_order(by(lambda _: together.wait()), range(6), 2))) == 6


def test_pieces_are_taken_no_further_than_needed(by):
    taken = []

    def pieces():
        for piece in range(10):
            taken.append(piece)
            yield piece

    results = in_order(by(str), pieces(), 2)
    assert next(results) == (0, "0")
    assert taken == [0, 1]
    results.close()


def test_an_error_in_the_work_is_raised_where_its_result_would_stand(by):
    def work(piece):
        if piece == 2:
            raise ValueError("piece 2")
        return piece

    results = in_order(by(work), range(5), 2)
    assert [next(results), next(results)] == [(0, 0), (1, 1)]
    with pytest.raises(ValueError, match="piece 2"):
        next(results)


def test_an_error_in_reading_costs_no_result_of_what_was_read_before(by):
    def pieces():
        yield from range(3)
        raise ValueError("broken after three")

    found = []
    with pytest.raises(ValueError, match="broken after three"):
        for piece, _ in in_order(by(str), pieces(), 2):
            found.append(piece)
    assert found == [0, 1, 2]
