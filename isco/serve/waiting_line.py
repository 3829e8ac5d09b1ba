"""Chunks of ads that wait to be classified, and the threads that do it: ads of several requests are
embedded together.

Every request is classified by itself, with settings of its own, and what one fails with is no
other's. Only the embedding, which is most of the work, is shared.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from isco.core.errors import UnavailableError
from isco.core.records import Prediction, Row
from isco.core.settings import Settings
from isco.serve.loaded import Loaded
from isco.serve.problems import ProblemError

# One chunk is embedded while another is read and decided, as in a run over a file.
_AT_ONCE = 2


@dataclass(frozen=True)
class _Job:
    rows: Sequence[Row]
    settings: Settings | None
    future: "Future[list[Prediction]]"


class WaitingLine:
    """Answered by what `loaded` gives at the time: up to `classify.chunk` ads are taken at once,
    and `serve.waiting` may wait."""

    def __init__(self, settings: Settings, loaded: Callable[[], Loaded]) -> None:
        self._settings = settings
        self._loaded = loaded
        self._jobs: deque[_Job] = deque()
        self._waiting = 0
        self._ended = False
        self._there = threading.Condition()
        self._threads: list[threading.Thread] = []

    @property
    def waiting(self) -> int:
        """Ads that wait."""
        return self._waiting

    def begin(self) -> None:
        """Answer what waits, and what comes."""
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(_AT_ONCE)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Finish what is under way; what waits ends with UnavailableError."""
        with self._there:
            self._ended = True
            for job in self._jobs:
                if not job.future.cancelled():
                    job.future.set_exception(UnavailableError("the service is ending"))
            self._jobs.clear()
            self._there.notify_all()
        for thread in self._threads:
            thread.join()

    def add(
        self, rows: Sequence[Row], settings: Settings | None = None
    ) -> "Future[list[Prediction]]":
        """Predictions of one chunk, in order, when its turn has come.

        Raises ProblemError (503) when too many ads wait already, or it has ended.
        """
        job = _Job(rows, settings, Future())
        with self._there:
            if self._ended:
                raise ProblemError(503, "the service is ending", retry_after=5)
            if self._waiting and self._waiting + len(rows) > self._settings.serve.waiting:
                raise ProblemError(503, f"{self._waiting} ads are waiting already", retry_after=5)
            self._jobs.append(job)
            self._waiting += len(rows)
            self._there.notify()
        return job.future

    def _work(self) -> None:
        with threadpool_limits(1, user_api="blas"):
            while jobs := self._next():
                self._answer(jobs)

    def _next(self) -> list[_Job]:
        """The jobs that have waited longest, one chunk of ads or one job; none at the end."""
        with self._there:
            while not self._jobs:
                if self._ended:
                    return []
                self._there.wait()
            taken = [self._jobs.popleft()]
            ads = len(taken[0].rows)
            while self._jobs and ads + len(self._jobs[0].rows) <= self._settings.classify.chunk:
                taken.append(self._jobs.popleft())
                ads += len(taken[-1].rows)
            self._waiting -= ads
            return taken

    def _answer(self, jobs: Sequence[_Job]) -> None:
        jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        try:
            loaded = self._loaded()
            if len(jobs) > 1:
                loaded.classifier.embed_ahead([row for job in jobs for row in job.rows])
        except BaseException as error:
            for job in jobs:
                job.future.set_exception(error)
            return
        for job in jobs:
            try:
                answer = loaded.classify(job.rows, job.settings)
            except BaseException as error:
                job.future.set_exception(error)
            else:
                job.future.set_result(answer)
