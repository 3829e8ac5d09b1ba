"""A SQLite file of what would be dear to make again, or can't be: used in one way everywhere."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from isco.core.errors import UnavailableError
from isco.core.private_folder import make_private
from isco.core.retries import RetryPolicy

# Keys of one query: every SQLite takes as many.
_LOOKUP = 500
# Seconds to wait for another process that writes.
_PATIENCE = 60
# Where two processes make one file, SQLite lets neither wait for the other's change of journal: it
# is told at once of another's lock then, and tries again for about as long as is waited elsewhere.
_OPENING = RetryPolicy(retries=60, first_pause=0.01, longest_pause=1.0)


class SqliteFile:
    """The file at `path` with the tables of `schema`; folder and file are made if need be.

    Safe with several processes, and one object with several threads. `name` is what it is called
    when it can't be used ("the embedding cache"): every method raises UnavailableError then. What
    is written into a `lasting` one outlives a power cut too: it can't be made again. A context
    manager.
    """

    def __init__(self, path: Path, schema: str, name: str, lasting: bool = False) -> None:
        self._path = path
        self._name = name
        self._lasting = lasting
        self._lock = threading.Lock()
        with self._in_words():
            make_private(path.parent)
            self._database = sqlite3.connect(path, timeout=0, check_same_thread=False)
            try:
                # Readers need not wait for a writer. Safe from a kill; only a power cut may cost
                # what was written last.
                _OPENING.run(self._to_write_ahead, _is_busy, lambda *_: None)
                self._database.execute(f"PRAGMA busy_timeout={_PATIENCE * 1000}")
                self._database.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
                self._database.executescript(schema)
            except sqlite3.Error:
                self._database.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing is lost that was written."""
        self._database.close()

    def find(self, select: str, keys: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of `select` whose last named column is among `keys`, in no order.

        `select` ends where the keys are to follow: "SELECT key, vector FROM embeddings WHERE key".
        """
        found: list[tuple[Any, ...]] = []
        with self._in_words():
            for start in range(0, len(keys), _LOOKUP):
                part = keys[start : start + _LOOKUP]
                marks = ",".join("?" * len(part))
                found += self._database.execute(f"{select} IN ({marks})", part)
        return found

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._in_words():
            return self._database.execute(select).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The database for one transaction: all of it is in the file afterwards, or nothing."""
        with self._in_words(), self._database:
            yield self._database

    def shrink(self) -> None:
        """Give back to the disk what deleted rows had taken."""
        with self._in_words():
            self._database.execute("VACUUM")

    def _to_write_ahead(self) -> None:
        self._database.execute("PRAGMA journal_mode=WAL")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except (sqlite3.Error, OSError) as error:
            raise UnavailableError(
                f"{self._name} {self._path} can't be used ({error}); make room or move it away: "
                + ("name another" if self._lasting else "it is made again as needed")
            ) from error


def _is_busy(error: BaseException) -> bool:
    # The lower byte is the kind of an extended code.
    return (
        isinstance(error, sqlite3.OperationalError)
        and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    )
