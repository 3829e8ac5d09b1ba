"""Whoever does the work: every chunk once, in order, and errors where they belong."""

import os
import threading

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from isco.core.records import Ad
from isco.retriever.running.executors import Inline, Threads
from isco.retriever.running.process_pool import Processes

ROWS = [Ad(str(number), f"Title {number}", "", number, number) for number in range(10)]
CHUNKS = [ROWS[start : start + 3] for start in range(0, len(ROWS), 3)]
EXPECTED = [(chunk, [row.title for row in chunk]) for chunk in CHUNKS]


def titles(rows):
    return [row.title for row in rows]


def start_titles():
    return titles


def process_ids(rows):
    return [os.getpid() for _ in rows]


def start_process_ids():
    return process_ids


def start_nothing():
    raise ValueError("no model here")


@pytest.fixture(params=["inline", "threads", "processes"])
def executor(request):
    if request.param == "inline":
        yield Inline(titles)
    elif request.param == "threads":
        yield Threads(titles)
    else:
        with Processes(start_titles, 2, most_ahead=3) as pool:
            yield pool


def test_every_chunk_comes_back_with_its_results_in_order(executor):
    assert list(executor.run(CHUNKS)) == EXPECTED
    assert list(executor.run([])) == []


def test_what_stands_before_an_error_in_reading_is_given_first(executor):
    def chunks():
        yield from CHUNKS[:3]
        raise ValueError("broken after three")

    found = []
    with pytest.raises(ValueError, match="broken after three"):
        found.extend(executor.run(chunks()))
    assert found == EXPECTED[:3]


def test_inline_reads_nothing_ahead():
    read = []

    def chunks():
        for chunk in CHUNKS:
            read.append(chunk)
            yield chunk

    for number, _ in enumerate(Inline(titles).run(chunks()), start=1):
        assert len(read) == number


def test_threads_read_one_chunk_while_another_is_done():
    began = threading.Event()

    def wait_for_the_second(rows):
        if rows[0].id == "3":
            began.set()
        else:
            assert began.wait(60)
        return titles(rows)

    assert list(Threads(wait_for_the_second).run(CHUNKS[:2])) == EXPECTED[:2]


def test_what_is_wrong_where_the_work_is_made_is_raised_with_the_first_rows():
    with Processes(start_nothing, 2, most_ahead=3) as pool, pytest.raises(ValueError, match="here"):
        list(pool.run(CHUNKS))


def test_the_work_is_done_elsewhere_and_shared_out():
    with Processes(start_process_ids, 2, most_ahead=1) as pool:
        found = {number for _, numbers in pool.run(CHUNKS) for number in numbers}
    assert len(found) == 2
    assert os.getpid() not in found


def blas_threads(_):
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


@pytest.mark.parametrize("executor", [Inline, Threads])
def test_products_add_up_in_one_order_whoever_does_the_work(executor):
    with threadpool_limits(2, user_api="blas"):
        found = [result for _, result in executor(blas_threads).run(CHUNKS)]
        assert found
        assert all(threads == 1 for result in found for threads in result)
        assert all(threads == 2 for threads in blas_threads(()))
