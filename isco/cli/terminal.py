"""What people see on standard error: progress, and notes."""

import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from threading import Event, Thread
from types import TracebackType
from typing import Any

import click

from isco.cli import logs
from isco.core.printable import printable

# Seconds from one look at what goes on to the next.
_REFRESHED = 0.5


class Bar:
    """A progress bar with rate and time left, on a terminal only. Use as a context manager.

    Where standard error is JSON, events take its place.
    """

    def __init__(self) -> None:
        self.done = 0
        self._bar: Any = None
        self._ended = Event()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish()

    def start(
        self,
        stage: str,
        total: int | None,
        paths: Mapping[str, int] | None = None,
        doing: Callable[[], str] | None = None,
    ) -> None:
        """A stage of `total` items begins, or of a number not known.

        `paths` are counts by path that change as it goes on; events show them. `doing` says what
        goes on before the next items are done; the bar shows it, twice a second.
        """
        self._finish()
        self.done = 0
        if logs.is_json():
            self._bar = logs.Ticker(stage, total, paths)
            return
        if not sys.stderr.isatty():
            return
        from tqdm import tqdm

        self._bar = tqdm(total=total, desc=f"{stage:<18}", unit="", smoothing=0.1)
        if doing:
            self._ended = Event()
            Thread(target=_show, args=(self._bar, doing, self._ended), daemon=True).start()

    def advance(self, done: int) -> None:
        """`done` more items are finished."""
        self.done += done
        if self._bar is not None:
            self._bar.update(done)

    def _finish(self) -> None:
        self._ended.set()
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _show(bar: Any, doing: Callable[[], str], ended: Event) -> None:
    while not ended.wait(_REFRESHED):
        bar.set_postfix_str(doing())


def note(text: str = "") -> None:
    """A line for people, on standard error, not broken by a progress bar."""
    if logs.is_json():
        logs.event("note", text)
        return
    # Where no bar was shown, tqdm is not there.
    bars = sys.modules.get("tqdm")
    with bars.tqdm.external_write_mode() if bars else nullcontext():
        click.echo(printable(text), err=True)
