"""Work in processes of this machine, like ads in the same one. Knows no model.

A worker is started by a callable that makes the work where it is done: what is heavy is then loaded
there alone. It is called with the first rows, so that what goes wrong is told as of any others.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import Any, Generic

from isco.core.errors import UnavailableError
from isco.core.records import Row
from isco.retriever.running.executors import Done, Result, Work
from isco.retriever.running.prefetch import in_order
from isco.retriever.running.routing import Router


class Processes(Generic[Result]):
    """`number` processes, each with work that `start` made there. Use as a context manager.

    `start` and the results must be picklable. None is given more than `most_ahead` rows above
    another.
    """

    def __init__(self, start: Callable[[], Work[Result]], number: int, most_ahead: int) -> None:
        self._router = Router(number, most_ahead)
        self._pools = ExitStack()
        # A pool of one each: an ad has its worker.
        self._workers = [
            ProcessPoolExecutor(
                1,
                # A fork would take over locks that other threads hold.
                mp_context=get_context("spawn"),
                initializer=_begin,
                initargs=(start,),
            )
            for _ in range(number)
        ]
        for worker in self._workers:
            self._pools.callback(worker.shutdown, cancel_futures=True)

    def __enter__(self) -> "Processes[Result]":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pools.close()

    def run(self, chunks: Iterable[Sequence[Row]]) -> Iterator[Done[Result]]:
        """As `Executor.run`. Raises UnavailableError when a worker is lost."""
        try:
            several = _several(chunks, len(self._workers))
            for shared_out, found in in_order(self._share_out, several, 2):
                yield from zip(shared_out, found, strict=True)
        except BrokenProcessPool as error:
            raise UnavailableError(
                "a worker process ended before its work did (was it killed, or short of memory?); "
                "what is written stays, so run the same command again to go on"
            ) from error

    def _share_out(self, chunks: Sequence[Sequence[Row]]) -> "_SharedOut[Result]":
        rows = [row for chunk in chunks for row in chunk]
        positions: list[list[int]] = [[] for _ in self._workers]
        for position, row in enumerate(rows):
            positions[self._router.worker(row)].append(position)
        parts: list[tuple[list[int], Future[list[Result]]]] = [
            (mine, worker.submit(_do, [rows[position] for position in mine]))
            for mine, worker in zip(positions, self._workers, strict=True)
            if mine
        ]
        return _SharedOut([len(chunk) for chunk in chunks], parts)


@dataclass(frozen=True)
class _SharedOut(Generic[Result]):
    """Chunks, of so many rows each, whose rows are with the workers: (positions, results)."""

    lengths: Sequence[int]
    parts: Sequence[tuple[Sequence[int], Future[list[Result]]]]

    def result(self) -> list[list[Result]]:
        """The results of each chunk, in its order."""
        found: dict[int, Result] = {}
        for positions, part in self.parts:
            found.update(zip(positions, part.result(), strict=True))
        ordered = (found[position] for position in range(len(found)))
        return [list(islice(ordered, length)) for length in self.lengths]

    def cancel(self) -> None:
        """Don't begin the parts that have not begun."""
        for _, part in self.parts:
            part.cancel()


def _several(chunks: Iterable[Sequence[Row]], number: int) -> Iterator[list[Sequence[Row]]]:
    """`number` chunks at a time, and what there is where they end or can't be read further."""
    several: list[Sequence[Row]] = []
    try:
        for chunk in chunks:
            several.append(chunk)
            if len(several) == number:
                yield several
                several = []
    except Exception:
        if several:
            yield several
        raise
    if several:
        yield several


_start: Callable[[], Work[Any]]
_work: Work[Any] | None = None


def _begin(start: Callable[[], Work[Any]]) -> None:
    global _start
    # Terminals and batch systems signal all processes; the one that writes ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_run, daemon=True).start()
    _start = start


def _end_with_the_run() -> None:
    """Leave no worker behind where the process that writes was killed."""
    run = parent_process()
    assert run is not None
    run.join()
    os._exit(1)


def _do(rows: Sequence[Row]) -> list[Any]:
    global _work
    if _work is None:
        _work = _start()
    return _work(rows)
