"""What people see: progress on standard error, tables on standard output."""

import shutil
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Thread
from types import TracebackType
from typing import Any

import click
from tqdm import tqdm

from isco.cli import logs
from isco.core.records import Candidate, Prediction

_WIDEST = 200
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
        self._bar = tqdm(total=total, desc=f"{stage:<18}", unit="", disable=None, smoothing=0.1)
        if doing and not self._bar.disable:
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
    with tqdm.external_write_mode():
        click.echo(text, err=True)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    """Rows in columns; `widths` caps each column, what is longer ends in "…"."""
    cut = [[_shorten(cell, width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    sizes = [max(map(_columns, column)) for column in zip(header, *cut, strict=True)]
    lines = [header, ["─" * size for size in sizes], *cut]
    return "\n".join("  ".join(map(_pad, line, sizes)).rstrip() for line in lines)


def prediction_table(predictions: Sequence[Prediction], titles: Sequence[str]) -> str:
    """Predictions for a person, one line each, as wide as the terminal allows."""
    room = min(shutil.get_terminal_size((140, 24)).columns, _WIDEST) - 46
    rows = [
        (
            prediction.id,
            title,
            prediction.isco_code or "–",
            prediction.isco_label or f"({prediction.reason})",
            str(prediction.path),
            f"{prediction.confidence:.2f}" if prediction.isco_code else "",
        )
        for prediction, title in zip(predictions, titles, strict=True)
    ]
    widths = (12, max(20, room // 2), 4, max(20, room // 2), 10, 5)
    return table(("id", "title", "ISCO", "label", "path", "conf."), rows, widths)


def candidate_table(candidates: Sequence[Candidate]) -> str:
    """Neighbours for a person, one line each."""
    rows = [(str(c.rank), c.isco_code, c.isco_label, c.label, f"{c.score:.3f}") for c in candidates]
    return table(("", "ISCO", "unit group", "leaf", "score"), rows, (3, 4, 44, 44, 7))


def explanation(prediction: Prediction, title: str) -> str:
    """The neighbours behind one answer."""
    answer = (
        f"{prediction.isco_code} {prediction.isco_label}" if prediction.isco_code else "no code"
    )
    lines = [
        f"{prediction.id}: {title}",
        f"  → {answer} [{prediction.path}, confidence {prediction.confidence:.2f}]",
        f"  {prediction.reason}",
    ]
    if prediction.profile:
        lines.append(f"  searched for: {prediction.profile.title!r}")
        if prediction.profile.description:
            lines.append(f"  and: {_shorten(prediction.profile.description, 160)!r}")
        lines += [f"  {line}" for line in candidate_table(prediction.candidates).splitlines()]
    return "\n".join(lines) + "\n"


def _columns(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _pad(text: str, columns: int) -> str:
    return text + " " * (columns - _columns(text))


def _shorten(text: str, width: int) -> str:
    text = " ".join(text.split())
    if _columns(text) <= width:
        return text
    while _columns(text) >= width:
        text = text[:-1]
    return text.rstrip() + "…"
