"""SIGTERM, by which batch systems end a process, SIGHUP of a terminal that is gone, and Ctrl-C:
what is written stays whole.

A run goes on from there. Any of them a second time ends the process at once, as if nobody had
listened to the first.
"""

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from isco.cli.logs import say_in_handler

Item = TypeVar("Item")

# Windows has no SIGHUP.
_ENDING = tuple(
    signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if name in signal.Signals.__members__
)


class Terminated(BaseException):
    """The process was told to end, by `signal`. Like KeyboardInterrupt, it is no error that code
    may handle."""

    def __init__(self, number: int = signal.SIGTERM) -> None:
        super().__init__(number)
        self.signal = signal.Signals(number)

    @property
    def exit_code(self) -> int:
        """As a shell has it."""
        return 128 + self.signal


@dataclass
class Stop:
    """Whether the process was told to end, for work that goes piece by piece.

    `asked` is what `check` raises then.
    """

    asked: BaseException | None = None
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
    """Until its end SIGTERM and SIGHUP raise Terminated wherever the work is."""

    def end(number: int, _: Any) -> None:
        _listen_no_more(number)
        raise Terminated(number)

    with ExitStack() as handled:
        _handle_ending(handled, end)
        yield


@contextmanager
def finishing(grace: float) -> Iterator[Stop]:
    """Until its end either signal lets the piece in hand be finished; then `check` ends the work.

    After SIGTERM or SIGHUP a piece that takes more than `grace` seconds is dropped: Terminated is
    raised in it. Where a shell has switched Ctrl-C or SIGHUP off, it stays off.
    """
    stop = Stop()

    def drop(*_: Any) -> None:
        raise stop.asked or Terminated()

    def terminate(number: int, _: Any) -> None:
        _listen_no_more(number)
        stop.asked = ended = Terminated(number)
        if grace == 0 or stop.waiting:
            raise ended
        name = ended.signal.name
        say_in_handler("ending", f"told to end ({name}); what is in hand is finished first")
        signal.setitimer(signal.ITIMER_REAL, grace)

    def interrupt(*_: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop.asked = KeyboardInterrupt()
        if stop.waiting:
            raise KeyboardInterrupt
        say_in_handler("ending", "finishing the ads in hand; again (Ctrl-C) to stop now")

    with ExitStack() as handled:
        handled.enter_context(_handling(signal.SIGALRM, drop))
        _handle_ending(handled, terminate)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            handled.enter_context(_handling(signal.SIGINT, interrupt))
        try:
            yield stop
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _handle_ending(handled: ExitStack, handler: Any) -> None:
    for number in _ENDING:
        # nohup ignores it, and so does what it starts.
        if signal.getsignal(number) is not signal.SIG_IGN:
            handled.enter_context(_handling(number, handler))


def _listen_no_more(number: int) -> None:
    """A second time it ends the process. A terminal that is gone is written to no more."""
    signal.signal(number, signal.SIG_DFL)
    if number != signal.SIGTERM:
        for stream in (sys.stdout, sys.stderr):
            if stream.isatty():
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def _handling(number: signal.Signals, handler: Any) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        # Else it has come, and the next one is to end the process.
        if signal.getsignal(number) is handler:
            signal.signal(number, before)
