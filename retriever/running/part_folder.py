"""An output as a folder of part files, made by many workers: each written whole, and once.

A part is some chunks of one file of the input, named by its place there, so that part files sort as
the input does. Beside them lie `_parts`, with the run's mark and a record of every finished part,
and, once all are there, `_SUCCESS`; readers of such folders pass over both. A record is written
after its part has its name: what has none is done again.
"""

import json
import shutil
import socket
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from isco.core.atomic_write import put_in_place
from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Prediction
from isco.retriever.running.flat_csv import PLAIN_CSV, FlatCsv
from isco.retriever.running.output_lock import sole_writer
from isco.retriever.running.parts import Part, PartRecord
from isco.retriever.running.run import languages_of, text_form
from isco.retriever.running.writers import ParquetWriter, TextWriter

SUCCESS = "_SUCCESS"
_RECORDS = "_parts"
_TEMPORARY = "_temporary"
_RUN = "run.json"
# Workers that may be lost with the same part before that is laid to the part.
_TRIES = 5
_PARTS = "part-[0-9]*-[0-9]*.*"


class PartFolder:
    """The folder. `mark` stands for all that its rows depend on besides the ads; `csv` is what
    parts in CSV are like; those in Parquet have its further columns too.

    One process, the `sole_writer`, calls `begin` and `finish`; any number, on any machine that has
    the folder, the others. All raise UnavailableError when the folder can't be read or written.
    """

    def __init__(self, folder: Path, kind: str, mark: str, csv: FlatCsv = PLAIN_CSV) -> None:
        self._folder = folder
        self._kind = kind
        self._mark = mark
        self._form = text_form(kind, csv)
        self._further = csv.further

    @contextmanager
    def sole_writer(self) -> Iterator[None]:
        """Be the only run that writes the folder until the end, by a lock beside it.

        Raises UnavailableError that says who writes it.
        """
        with ExitStack() as held:
            with self._in_words():
                self._folder.parent.mkdir(parents=True, exist_ok=True)
                held.enter_context(sole_writer(self._folder))
            yield

    def begin(self, files: Sequence[str], resume: bool | None) -> None:
        """Make the folder, or go on with it; `files` are the names of the input's files.

        `resume` False starts over. Raises ConfigError when the folder holds the output of another
        configuration or of other files, or anything else. Files may have been added at the end.
        """
        with self._in_words():
            if self._folder.exists() and not self._folder.is_dir():
                raise ConfigError(
                    f"{self._folder} is a file, but the parts need a folder: name another with -o"
                )
            begun = self._begun()
            if begun and resume is False:
                self._clear()
                begun = None
            elif begun:
                self._require_same(begun, files)
            elif self._folder.exists():
                self._require_nothing_else()
            shutil.rmtree(self._folder / _TEMPORARY, ignore_errors=True)
            for name in (_RECORDS, _TEMPORARY):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
            (self._folder / SUCCESS).unlink(missing_ok=True)
            run = {"mark": self._mark, "files": list(files), "columns": self._columns(begun)}
            self._put(self._folder / _RECORDS / _RUN, json.dumps(run, indent=1) + "\n")

    def _columns(self, begun: Mapping[str, Any] | None) -> Sequence[str] | None:
        """Those of the ads' own in all parts: as they were when the folder was begun."""
        if not isinstance(self._form, FlatCsv):
            return None
        if begun and begun.get("columns") is not None:
            self._form = replace(self._form, own=tuple(begun["columns"]))
        return self._form.own

    def require_begun(self) -> None:
        """Raise UnavailableError where the folder is not the one that was begun."""
        with self._in_words():
            begun = self._begun()
        if not begun or begun["mark"] != self._mark:
            raise UnavailableError(
                f"the machine {socket.gethostname()} does not see {self._folder} as the one does "
                "that the command runs on: name a folder that all of them share"
            )

    def done(self, part: Part) -> PartRecord | None:
        """The record of the part, None when it has to be made.

        One with more rows now than then is made anew. Raises ConfigError when it was made from
        other rows.
        """
        with self._in_words():
            record = self._record(part.name)
            if record is None or record.rows < part.rows or not self._file(part.name).exists():
                return None
        if record.digest != part.digest():
            raise ConfigError(
                f"{self._file(part.name)} was made from other ads than the input has there "
                "(--no-resume starts over)"
            )
        return record

    def try_once_more(self, part: Part) -> None:
        """Count an attempt; it stays counted when the process that makes it dies.

        Raises UnavailableError when `begin` was followed by too many for one part.
        """
        with self._in_words(), self._tries_file(part.name).open("ab") as tries:
            if tries.tell() >= _TRIES:
                raise UnavailableError(
                    f"{part.name}: {_TRIES} workers have ended while they had it, for want of "
                    "memory perhaps; what is done is kept, give the same command again"
                )
            tries.write(b".")

    def write(self, part: Part, predictions: Sequence[Prediction]) -> PartRecord:
        """Write the part file, then its record. Twice at once does no harm: both are the same."""
        paths = dict(Counter(str(prediction.path) for prediction in predictions))
        languages = dict(Counter(languages_of(predictions)))
        record = PartRecord(part.rows, part.digest(), paths, languages)
        with self._in_words():
            unnamed = self._unnamed()
            writer = (
                ParquetWriter(unnamed, self._further)
                if self._kind == "parquet"
                else TextWriter(unnamed.open("wb"), self._form)
            )
            writer.write(predictions)
            writer.close()
            if isinstance(writer, TextWriter):
                record = replace(record, left_out=dict(writer.left_out))
            put_in_place(unnamed, self._file(part.name))
            self._put(self._record_file(part.name), json.dumps(asdict(record)) + "\n")
            self._tries_file(part.name).unlink(missing_ok=True)
        return record

    def finish(self, names: Collection[str]) -> None:
        """Mark the folder as whole; `names` are all parts of the input.

        Raises ConfigError when it holds parts that the input does not have.
        """
        with self._in_words():
            others = {path.stem for path in self._folder.glob(_PARTS)} - set(names)
            if others:
                raise ConfigError(
                    f"{self._folder} holds more than the input: {len(others)} parts, such as "
                    f"{min(others)} (--no-resume starts over)"
                )
            shutil.rmtree(self._folder / _TEMPORARY, ignore_errors=True)
            (self._folder / SUCCESS).touch()

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.{self._kind}"

    def _record_file(self, name: str) -> Path:
        return self._folder / _RECORDS / f"{name}.json"

    def _record(self, name: str) -> PartRecord | None:
        try:
            return PartRecord(**json.loads(self._record_file(name).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def _begun(self) -> dict[str, Any] | None:
        try:
            run = (self._folder / _RECORDS / _RUN).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        begun: dict[str, Any] = json.loads(run)
        return begun

    def _require_same(self, begun: Mapping[str, Any], files: Sequence[str]) -> None:
        if begun["mark"] != self._mark:
            raise ConfigError(
                f"{self._folder} was begun with another configuration or other versions: use "
                "those, or --no-resume to start over"
            )
        known = begun["files"]
        if not isinstance(known, list) or list(files[: len(known)]) != known:
            raise ConfigError(
                f"{self._folder} was made from other files than the input has now; files may only "
                "be added after the last one (--no-resume starts over)"
            )

    def _require_nothing_else(self) -> None:
        others = {path.name for path in self._folder.iterdir()} - {_RECORDS, _TEMPORARY}
        if others:
            raise ConfigError(
                f"{self._folder} holds files that isco classify has not written, such as "
                f"{min(others)}: name a new folder with -o"
            )

    def _clear(self) -> None:
        """Forget all parts; records first, so that a kill leaves none without its part."""
        for pattern in (f"{_RECORDS}/part-*", _PARTS):
            for path in self._folder.glob(pattern):
                path.unlink()

    def _unnamed(self) -> Path:
        """A place for a file that is not whole yet."""
        return self._folder / _TEMPORARY / uuid4().hex

    def _tries_file(self, name: str) -> Path:
        return self._folder / _TEMPORARY / f"{name}.tries"

    def _put(self, path: Path, text: str) -> None:
        unnamed = self._unnamed()
        unnamed.write_text(text, encoding="utf-8")
        put_in_place(unnamed, path)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnavailableError(
                f"can't write {self._folder}: {error.strerror or error}"
            ) from error
