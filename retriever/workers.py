"""Classify in worker processes of this machine, each with a model of its own.

Workers get what was read from Qdrant; they open nothing there themselves.
"""

import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from threadpoolctl import threadpool_limits

from isco.embedding import open_embedder
from isco.embedding.base import available_cpus
from isco.errors import ConfigError, UnavailableError
from isco.records import Prediction
from isco.settings import Settings
from retriever.ahead import in_order
from retriever.opening import make_classifier
from retriever.pipeline import Classifier, Row
from retriever.search_data import SearchData


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
    if not classifier.works_alone:
        raise ConfigError(
            "classify.workers is for runs without an LLM, and without --store-ads: an LLM is asked "
            "by one process, in as many requests at once as llm.concurrency says"
        )
    threads = settings.embedding.threads or max(1, available_cpus() // number)
    embedding = settings.embedding.model_copy(update={"threads": threads})
    pool = ProcessPoolExecutor(
        number,
        # A fork would take over locks that other threads hold.
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(settings.model_copy(update={"embedding": embedding}), data),
    )
    try:
        yield _WorkersClassifier(classifier, pool, number)
    finally:
        pool.shutdown(cancel_futures=True)


class _WorkersClassifier(Classifier):
    def __init__(self, inner: Classifier, pool: ProcessPoolExecutor, number: int) -> None:
        # What `inner` has loaded is shared, not loaded again.
        vars(self).update(vars(inner))
        self._pool = pool
        self._number = number

    def classify_chunks(
        self, chunks: Iterable[Sequence[Row]]
    ) -> Iterator[tuple[Sequence[Row], list[Prediction]]]:
        try:
            yield from in_order(self._pool, _classify, chunks, 2 * self._number)
        except BrokenProcessPool as error:
            raise UnavailableError(
                "a worker process ended before its work did (was it killed, or short of memory?); "
                "what is written stays, so run the same command again to go on"
            ) from error


_classifier: Classifier


def _begin(settings: Settings, data: SearchData) -> None:
    global _classifier
    # Terminals and batch systems signal all processes; the one that writes ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threadpool_limits(settings.embedding.threads, user_api="blas")
    _classifier = make_classifier(data, settings, open_embedder(settings.embedding), with_llm=False)


def _classify(chunk: Sequence[Row]) -> list[Prediction]:
    return _classifier.classify_batch(chunk)
