"""Who does the work: this thread, or several beside it. None of them knows what the work is.

An executor is given chunks of rows and gives each back with what came of it, in order. Processes
are in `process_pool`; Ray, which also reads and writes, in `ray_engine`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

from threadpoolctl import threadpool_limits

from isco.core.records import Row
from isco.retriever.running.prefetch import in_order

Result = TypeVar("Result")
Work = Callable[[Sequence[Row]], list[Result]]
Done = tuple[Sequence[Row], list[Result]]

# One chunk is embedded while another is read and decided.
_AT_ONCE = 2


class Executor(Protocol[Result]):
    """Does the same work on chunk after chunk."""

    def run(self, chunks: Iterable[Sequence[Row]]) -> Iterator[Done[Result]]:
        """Each chunk with its results, in order.

        What stands before an error in reading `chunks` is given before that is raised.
        """
        ...


class Inline(Generic[Result]):
    """Each chunk is done before the next one is read.

    For work that asks a language model, which is asked many questions at once anyway, and for
    whoever feeds ads one by one and waits for the answers.
    """

    def __init__(self, work: Work[Result]) -> None:
        self._work = work

    def run(self, chunks: Iterable[Sequence[Row]]) -> Iterator[Done[Result]]:
        """As `Executor.run`."""
        # As with threads: another number of them would add up in another order.
        with threadpool_limits(1, user_api="blas"):
            for chunk in chunks:
                yield chunk, self._work(chunk)


class Threads(Generic[Result]):
    """While one chunk is embedded, which is most of the work and not Python's, the next is read.

    The work must be safe to share between threads.
    """

    def __init__(self, work: Work[Result], at_once: int = _AT_ONCE) -> None:
        self._work = work
        self._at_once = at_once

    def run(self, chunks: Iterable[Sequence[Row]]) -> Iterator[Done[Result]]:
        """As `Executor.run`."""
        # The cores are the embedding's; products beside it must not fight for them.
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(self._at_once) as threads:
            yield from in_order(
                lambda chunk: threads.submit(self._work, chunk), chunks, self._at_once
            )
