"""SIGTERM, by which batch systems end a process: what is written stays whole, to be gone on with.

A second SIGTERM ends the process at once, as if nobody had listened to the first.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from isco.cli.logs import say_in_handler

EXIT_CODE = 128 + signal.SIGTERM


class Terminated(BaseException):
    """The process was told to end. Like KeyboardInterrupt, it is no error that code may handle."""


@dataclass
class Stop:
    """Whether the process was told to end, for work that goes piece by piece."""

    asked: bool = False

    def check(self) -> None:
        """Between two pieces: raise Terminated if the next one should not be begun."""
        if self.asked:
            raise Terminated


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Until its end SIGTERM raises Terminated wherever the work is."""

    def end(*_: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise Terminated

    with _handling(signal.SIGTERM, end):
        yield


@contextmanager
def finishing(grace: float) -> Iterator[Stop]:
    """Until its end SIGTERM lets the piece in hand be finished; then `check` ends the work.

    A piece that takes more than `grace` seconds from then is dropped: Terminated is raised in it.
    """
    stop = Stop()

    def drop(*_: Any) -> None:
        raise Terminated

    def ask(*_: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        stop.asked = True
        if grace == 0:
            raise Terminated
        say_in_handler("ending", "told to end (SIGTERM); what is in hand is finished first")
        signal.setitimer(signal.ITIMER_REAL, grace)

    with _handling(signal.SIGALRM, drop), _handling(signal.SIGTERM, ask):
        try:
            yield stop
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _handling(number: signal.Signals, handler: Any) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        # Else it has come, and the next one is to end the process.
        if signal.getsignal(number) is handler:
            signal.signal(number, before)
