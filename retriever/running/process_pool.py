"""Classify in worker processes of this machine, each with a model of its own.

Workers get what was read from Qdrant; they open nothing there themselves.
"""

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process

from threadpoolctl import threadpool_limits

from isco.core.embedding import open_embedder
from isco.core.embedding.base import available_cpus
from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Prediction, Row
from isco.core.settings import Settings
from isco.retriever.factory import make_classifier
from isco.retriever.pipeline import Classifier
from isco.retriever.running.prefetch import in_order
from isco.retriever.running.routing import Router
from isco.retriever.searching.search_data import SearchData


@contextmanager
def with_workers(
    classifier: Classifier, data: SearchData, settings: Settings
) -> Iterator[Classifier]:
    """`classifier`, made of `data`, or with `classify.workers` one that has so many do the work.

    Raises ConfigError where the work is not for several processes.
    """
    number = settings.classify.workers
    if number is None:
        yield classifier
        return
    if not classifier.stateless:
        raise ConfigError(
            "classify.workers is for runs without an LLM, and without --store-ads: an LLM is asked "
            "by one process, in as many requests at once as llm.concurrency says"
        )
    threads = settings.embedding.threads or max(1, available_cpus() // number)
    embedding = settings.embedding.model_copy(update={"threads": threads})
    with ExitStack() as pools:
        # A pool of one each: an ad has its worker.
        workers = [
            ProcessPoolExecutor(
                1,
                # A fork would take over locks that other threads hold.
                mp_context=get_context("spawn"),
                initializer=_begin,
                initargs=(settings.model_copy(update={"embedding": embedding}), data),
            )
            for _ in range(number)
        ]
        for worker in workers:
            pools.callback(worker.shutdown, cancel_futures=True)
        yield _WorkersClassifier(classifier, workers, Router(number, settings.classify.chunk))


class _WorkersClassifier(Classifier):
    def __init__(
        self, inner: Classifier, workers: Sequence[ProcessPoolExecutor], router: Router
    ) -> None:
        # What `inner` has loaded is shared, not loaded again.
        vars(self).update(vars(inner))
        self._workers = workers
        self._router = router

    def classify_chunks(
        self, chunks: Iterable[Sequence[Row]]
    ) -> Iterator[tuple[Sequence[Row], list[Prediction]]]:
        try:
            for several, found in in_order(
                self._share_out, _several(chunks, len(self._workers)), 2
            ):
                yield from zip(several, found, strict=True)
        except BrokenProcessPool as error:
            raise UnavailableError(
                "a worker process ended before its work did (was it killed, or short of memory?); "
                "what is written stays, so run the same command again to go on"
            ) from error

    def _share_out(self, chunks: Sequence[Sequence[Row]]) -> "_SharedOut":
        rows = [row for chunk in chunks for row in chunk]
        positions: list[list[int]] = [[] for _ in self._workers]
        for position, row in enumerate(rows):
            positions[self._router.worker(row)].append(position)
        parts = [
            (mine, worker.submit(_classify, [rows[position] for position in mine]))
            for mine, worker in zip(positions, self._workers, strict=True)
            if mine
        ]
        return _SharedOut([len(chunk) for chunk in chunks], parts)


@dataclass(frozen=True)
class _SharedOut:
    """Chunks, of so many rows each, whose rows are with the workers: (positions, predictions)."""

    lengths: Sequence[int]
    parts: Sequence[tuple[Sequence[int], Future[list[Prediction]]]]

    def result(self) -> list[list[Prediction]]:
        """The predictions of each chunk, in its order."""
        found: dict[int, Prediction] = {}
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


_classifier: Classifier


def _begin(settings: Settings, data: SearchData) -> None:
    global _classifier
    # Terminals and batch systems signal all processes; the one that writes ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_run, daemon=True).start()
    threadpool_limits(settings.embedding.threads, user_api="blas")
    _classifier = make_classifier(data, settings, open_embedder(settings.embedding), with_llm=False)


def _end_with_the_run() -> None:
    """Leave no worker behind where the process that writes was killed."""
    run = parent_process()
    assert run is not None
    run.join()
    os._exit(1)


def _classify(chunk: Sequence[Row]) -> list[Prediction]:
    return _classifier.classify_batch(chunk)
