"""Answers of language models, stored so that no question is asked twice.

One SQLite file, safe with several processes. The key is a hash of stage, model and revision,
prompt version and the whole input; every answer is written the moment it is there, so that a run
killed at 90% costs 10% to finish. Failures are not stored: they are tried again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from isco.core.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, stage TEXT NOT NULL, model TEXT NOT NULL, answer TEXT NOT NULL,
    made TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_stage ON answers (stage);
CREATE TABLE IF NOT EXISTS asked (
    stage TEXT PRIMARY KEY, hits INTEGER NOT NULL, misses INTEGER NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class StageAnswers:
    """What is stored for one stage; `hits` and `misses` since the stage was last cleared."""

    stage: str
    answers: int
    characters: int
    hits: int
    misses: int

    @property
    def hit_rate(self) -> float:
        """Share of questions that were answered from here."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {**asdict(self), "hit_rate": round(self.hit_rate, 4)}


def key_of(*parts: object) -> bytes:
    """The hash under which an answer is stored; `parts` are plain JSON values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8")).digest()


class AnswerCache:
    """The file of answers. Use as a context manager; one object may be shared by threads.

    Every method raises UnavailableError when the file can't be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _SCHEMA, "the file of models' answers")

    def __enter__(self) -> "AnswerCache":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing is lost that was put."""
        self._file.close()

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Any]:
        """The answers that are stored under `keys`."""
        rows = self._file.find("SELECT key, answer FROM answers WHERE key", keys)
        return {key: json.loads(answer) for key, answer in rows}

    def put(self, key: bytes, stage: str, model: str, answer: Any) -> None:
        """Store an answer, plain JSON values; no kill can take it once this returns."""
        with self._file.writing() as database:
            database.execute(
                "INSERT OR REPLACE INTO answers (key, stage, model, answer) VALUES (?, ?, ?, ?)",
                (key, stage, model, json.dumps(answer)),
            )

    def count(self, stage: str, hits: int, misses: int) -> None:
        """Add to what `isco cache` shows of a stage."""
        with self._file.writing() as database:
            database.execute(
                "INSERT INTO asked VALUES (?, ?, ?) ON CONFLICT (stage) DO UPDATE SET "
                "hits = hits + excluded.hits, misses = misses + excluded.misses",
                (stage, hits, misses),
            )

    def stages(self) -> list[StageAnswers]:
        """What is stored, by stage."""
        stored: Mapping[str, tuple[int, int]] = {
            stage: (answers, characters)
            for stage, answers, characters in self._file.rows(
                "SELECT stage, COUNT(*), SUM(LENGTH(answer)) FROM answers GROUP BY stage"
            )
        }
        asked: Mapping[str, tuple[int, int]] = {
            stage: (hits, misses)
            for stage, hits, misses in self._file.rows("SELECT stage, hits, misses FROM asked")
        }
        return [
            StageAnswers(stage, *stored.get(stage, (0, 0)), *asked.get(stage, (0, 0)))
            for stage in sorted(stored.keys() | asked.keys())
        ]

    def clear(self, stage: str | None = None) -> int:
        """Forget the answers of one stage, or all; return how many there were."""
        where, values = ("", ()) if stage is None else (" WHERE stage = ?", (stage,))
        with self._file.writing() as database:
            gone = database.execute(f"DELETE FROM answers{where}", values).rowcount
            database.execute(f"DELETE FROM asked{where}", values)
        self._file.shrink()
        return gone
