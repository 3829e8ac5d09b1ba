"""Standard error as one JSON object a line, for machines that collect it.

The standard library's logging does it, so that what libraries log and warn of takes the same way;
the formatter is a few lines, and no library of its own.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from isco.core.errors import FAULT_EXIT_CODE
from isco.core.redaction import redacted

OPTION, VARIABLE = "--log-format", "ISCO_LOG_FORMAT"
TEXT, JSON = "text", "json"

# Seconds from one progress event to the next.
_EVERY = 10.0
_LOG = logging.getLogger("isco")
_NOTES = logging.getLogger("isco.notes")


class _JsonLines(logging.Formatter):
    """`time` (ISO 8601, UTC), `level`, `event` and `message`, then the event's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", record.name),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            content["traceback"] = self.formatException(record.exc_info)
        return redacted(json.dumps(content, ensure_ascii=False, default=str))


def asked_for(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The format that the command line, or else the environment, asks for; text by default.

    Looked up before anything is parsed: what is wrong with the other options is told in it too.
    """
    found = environment.get(VARIABLE, TEXT)
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        name, _, value = argument.partition("=")
        if name == OPTION:
            found = value or following
    return found


@contextmanager
def as_json_lines() -> Iterator[None]:
    """Until its end everything on standard error is JSON: events, logs, warnings, a crash."""
    root = logging.getLogger()
    before = root.handlers[:]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    root.handlers[:] = [handler]
    _LOG.setLevel(logging.INFO)
    logging.captureWarnings(True)
    # For the bars of libraries; read when tqdm is imported.
    os.environ.setdefault("TQDM_DISABLE", "1")
    try:
        yield
    except Exception as error:
        fields = {"event": "crashed", "fields": {"exit_code": FAULT_EXIT_CODE}}
        _LOG.critical(f"{type(error).__name__}: {error}", exc_info=True, extra=fields)
        sys.exit(FAULT_EXIT_CODE)
    finally:
        root.handlers[:] = before
        _LOG.setLevel(logging.NOTSET)
        logging.captureWarnings(False)


class _Notes(logging.Handler):
    """What is told while a command works, as a line for people."""

    def emit(self, record: logging.LogRecord) -> None:
        # Imported when it is needed: it brings the progress bar with it.
        from isco.cli.terminal import note

        note(f"isco: {record.getMessage()}")


@contextmanager
def as_notes() -> Iterator[None]:
    """Until its end what is told while a command works goes to standard error."""
    handler = _Notes()
    _NOTES.addHandler(handler)
    _NOTES.setLevel(logging.INFO)
    try:
        yield
    finally:
        _NOTES.removeHandler(handler)
        _NOTES.setLevel(logging.NOTSET)


def is_json() -> bool:
    """Whether standard error is JSON now."""
    return _LOG.level == logging.INFO


def event(name: str, message: str, level: int = logging.INFO, **fields: Any) -> None:
    """Log an event. It is seen only where standard error is JSON."""
    if is_json():
        _LOG.log(level, message, extra={"event": name, "fields": fields})


def say_in_handler(name: str, message: str) -> None:
    """An event, or a line for people, from a signal's handler.

    Standard error may be in the middle of a write there, and must not be written to as a stream.
    """
    line = f"isco: {message}"
    if is_json():
        record = _LOG.makeRecord(
            _LOG.name, logging.WARNING, "", 0, message, (), None, extra={"event": name}
        )
        line = _JsonLines().format(record)
    with suppress(OSError):
        os.write(sys.stderr.fileno(), f"{line}\n".encode())


class Ticker:
    """Progress of a stage as events, in place of a bar: at its start, its end, and in between."""

    def __init__(self, stage: str, total: int | None, paths: Mapping[str, int] | None) -> None:
        self._stage, self._total, self._paths = stage, total, paths
        self._done = 0
        self._begun = self._reported = monotonic()
        event("stage_started", stage, stage=stage, total=total)

    def update(self, done: int) -> None:
        """`done` more items are finished."""
        self._done += done
        if monotonic() - self._reported >= _EVERY:
            self._reported = monotonic()
            self._tell("progress")

    def close(self) -> None:
        """The stage is over."""
        self._tell("stage_ended")

    def _tell(self, name: str) -> None:
        seconds = monotonic() - self._begun
        fields: dict[str, Any] = {
            "stage": self._stage,
            "done": self._done,
            "total": self._total,
            "seconds": round(seconds, 3),
            "per_second": round(self._done / seconds, 3) if seconds else None,
        }
        if self._paths is not None:
            fields["paths"] = dict(self._paths)
        of = f" of {self._total}" if self._total is not None else ""
        event(name, f"{self._stage}: {self._done}{of}", **fields)
