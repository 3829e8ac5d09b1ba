"""Try again what can pass by itself: one policy for all services."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import tenacity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Up to `retries` more attempts, with pauses in seconds.

    They double from `first_pause` to `longest_pause`, shortened at random by up to a half so that
    many clients don't return at once. What a service asks for, the `retry_after_s` of an error, is
    honoured up to the longest pause.
    """

    retries: int
    first_pause: float
    longest_pause: float

    def run(
        self,
        call: Callable[[], T],
        can_pass: Callable[[BaseException], bool],
        explain: Callable[[Exception, int], Exception | None],
    ) -> T:
        """`call()`, again while what fails `can_pass`.

        The last error is raised as `explain` puts it, given the number of attempts, or as it is
        where that gives None.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.retries + 1),
            wait=self._pause,
            retry=tenacity.retry_if_exception(can_pass),
            sleep=time.sleep,
            reraise=True,
        )
        try:
            return retrying(call)
        except Exception as error:
            explained = explain(error, retrying.statistics["attempt_number"])
            if explained is None:
                raise
            raise explained from error

    def _pause(self, state: tenacity.RetryCallState) -> float:
        growing = tenacity.wait_exponential(self.first_pause, max=self.longest_pause)
        error = state.outcome.exception() if state.outcome else None
        asked = float(getattr(error, "retry_after_s", 0) or 0)
        return min(max(growing(state) * (1 - random.random() / 2), asked), self.longest_pause)
