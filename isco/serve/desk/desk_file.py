"""The file of a desk: its ads, every entry ever made, who has which ad before them."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isco.core.sqlite_file import SqliteFile
from isco.serve.desk.entries import Entry, Kind
from isco.serve.desk.queued import QueuedAd

# What stands in `entries` stays: the database itself refuses to change it.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS ads (
    key TEXT PRIMARY KEY, place INTEGER NOT NULL, ad TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, coder TEXT NOT NULL,
    ad TEXT NOT NULL, kind TEXT NOT NULL, said TEXT NOT NULL, note TEXT NOT NULL, of INTEGER,
    seconds REAL, shown TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS entries_stay BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER IF NOT EXISTS entries_remain BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;
CREATE TABLE IF NOT EXISTS holds (
    ad TEXT NOT NULL, coder TEXT NOT NULL, since REAL NOT NULL, PRIMARY KEY (ad, coder)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS learned (ad TEXT PRIMARY KEY, code TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_SECRET = "secret"
_COLUMNS = "number, at, coder, ad, kind, said, note, of, seconds, shown"

# Since when, in seconds of the clock, by ad and coder.
Holds = dict[tuple[str, str], float]


class DeskFile:
    """One SQLite file. What a method has written is on the disk when it returns.

    Raises UnavailableError where the file can't be used.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _SCHEMA, "the desk", lasting=True)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def secret(self) -> str:
        """A secret of this desk, made when it is first asked for."""
        with self._file.writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO about VALUES (?, ?)", (_SECRET, secrets.token_hex(32))
            )
        return str(self._file.find("SELECT value FROM about WHERE name", [_SECRET])[0][0])

    def put_ads(self, ads: Sequence[QueuedAd]) -> None:
        """Make `ads` the queue, in their order; others stay if somebody has decided on them."""
        rows = [(ad.key, place, json.dumps(asdict(ad))) for place, ad in enumerate(ads)]
        with self._file.writing() as database:
            database.execute("DELETE FROM ads WHERE key NOT IN (SELECT ad FROM entries)")
            database.execute("UPDATE ads SET place = place + ?", (len(rows),))
            database.executemany("INSERT OR REPLACE INTO ads VALUES (?, ?, ?)", rows)

    def ads(self) -> list[QueuedAd]:
        """The queue in its order."""
        return [
            QueuedAd(**json.loads(ad))
            for (ad,) in self._file.rows("SELECT ad FROM ads ORDER BY place, key")
        ]

    def entries(self) -> list[Entry]:
        """All of them, the oldest first."""
        return [
            _entry(row)
            for row in self._file.rows(f"SELECT {_COLUMNS} FROM entries ORDER BY number")
        ]

    def add(self, entries: Sequence[Entry], together: bool = False) -> list[Entry]:
        """Write entries, all of them or none; given are those with their numbers and the moment.

        With `together` they are of the first one. Whoever made them holds the ads no longer.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        written: list[Entry] = []
        with self._file.writing() as database:
            for entry in entries:
                entry = replace(entry, at=now)
                if together and written:
                    entry = replace(entry, of=written[0].number)
                found = database.execute(
                    f"INSERT INTO entries ({_COLUMNS}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    _row(entry),
                )
                assert found.lastrowid is not None
                written.append(replace(entry, number=found.lastrowid))
                database.execute(
                    "DELETE FROM holds WHERE ad = ? AND coder = ?", (entry.ad, entry.coder)
                )
        return written

    def holds(self) -> Holds:
        """Who has which ad before them, and since when."""
        rows = self._file.rows("SELECT ad, coder, since FROM holds")
        return {(ad, coder): since for ad, coder, since in rows}

    def hold(self, ad: str, coder: str, since: float) -> None:
        """An ad was shown to a coder, who has no other before them."""
        with self._file.writing() as database:
            database.execute("DELETE FROM holds WHERE coder = ?", (coder,))
            database.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?)", (ad, coder, since))

    def learned(self) -> dict[str, str]:
        """The codes that were learned, by ad."""
        return dict(self._file.rows("SELECT ad, code FROM learned"))

    def set_learned(self, codes: Mapping[str, str], forgotten: Iterable[str] = ()) -> None:
        """Keep what was learned, and what was forgotten again."""
        with self._file.writing() as database:
            database.executemany("INSERT OR REPLACE INTO learned VALUES (?, ?)", codes.items())
            database.executemany("DELETE FROM learned WHERE ad = ?", [(ad,) for ad in forgotten])


def _row(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.at, entry.coder, entry.ad, str(entry.kind), entry.said, entry.note, entry.of,
        entry.seconds, json.dumps(dict(entry.shown), ensure_ascii=False),
    )  # fmt: skip


def _entry(row: tuple[Any, ...]) -> Entry:
    number, at, coder, ad, kind, said, note, of, seconds, shown = row
    return Entry(number, at, coder, ad, Kind(kind), said, note, of, seconds, json.loads(shown))
