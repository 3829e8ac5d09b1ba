"""SIGTERM, by which batch systems end a process, and Ctrl-C: what is written stays whole.

A run goes on from there. Either signal a second time ends the process at once, as if nobody had
listened to the first.
"""

import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from isco.cli.logs import say_in_handler

Item = TypeVar("Item")

EXIT_CODE = 128 + signal.SIGTERM


class Terminated(BaseException):
    """The process was told to end. Like KeyboardInterrupt, it is no error that code may handle."""


@dataclass
class Stop:
    """Whether the process was told to end, for work that goes piece by piece.

    `asked` is what `check` raises then.
    """

    asked: type[BaseException] | None = None
    waiting: bool = False

    def check(self) -> None:
        """Between two pieces: raise Terminated or KeyboardInterrupt if work should end here."""
        if self.asked:
            raise self.asked

    def watched(self, items: Iterable[Item]) -> Iterator[Item]:
        """`items` of somebody who may keep us waiting: then nothing is in hand to be finished."""
        iterator = iter(items)
        while True:
            self.waiting = True
            try:
                self.check()
                item = next(iterator)
            except StopIteration:
                return
            finally:
                self.waiting = False
            yield item


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
    """Until its end either signal lets the piece in hand be finished; then `check` ends the work.

    After SIGTERM a piece that takes more than `grace` seconds is dropped: Terminated is raised in
    it. Where a shell has switched Ctrl-C off, it stays off.
    """
    stop = Stop()

    def drop(*_: Any) -> None:
        raise Terminated

    def terminate(*_: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        stop.asked = Terminated
        if grace == 0 or stop.waiting:
            raise Terminated
        say_in_handler("ending", "told to end (SIGTERM); what is in hand is finished first")
        signal.setitimer(signal.ITIMER_REAL, grace)

    def interrupt(*_: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop.asked = KeyboardInterrupt
        if stop.waiting:
            raise KeyboardInterrupt
        say_in_handler("ending", "finishing the ads in hand; again (Ctrl-C) to stop now")

    with ExitStack() as handled:
        handled.enter_context(_handling(signal.SIGALRM, drop))
        handled.enter_context(_handling(signal.SIGTERM, terminate))
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            handled.enter_context(_handling(signal.SIGINT, interrupt))
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
