"""An input of one file of ads, or of a folder of them: which files, and what their rows are called.

Rows are numbered within their file. Where the file is one of a folder, a missing id becomes the
file's name and the row number ("2026/march.jsonl:17"): whatever files are beside it, and however
many machines read them, the ad keeps that id.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from isco.core.errors import InputError
from isco.core.records import BrokenRow, Row
from isco.core.settings import InputSettings
from isco.retriever.reading.text_files import STANDARD_INPUT, count_rows, is_named_as_ads, read_ads

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class AdFile:
    """One file of an input; `name` is its path within the folder, None if it was named itself."""

    path: str
    name: str | None = None

    def rows(self, columns: InputSettings) -> Iterator[Row]:
        """Its ads, as `read_ads` has them, named as said above."""
        for row in read_ads(self.path, columns):
            yield self._named(row) if self.name else row

    def _named(self, row: Row) -> Row:
        ad_id = f"{self.name}:{row.row}" if row.numbered else row.id
        if isinstance(row, BrokenRow):
            return replace(row, id=ad_id, reason=f"{self.name}: {row.reason}")
        return replace(row, id=ad_id)


def ad_files(source: str) -> list[AdFile]:
    """The files of `source`, a path or "-"; of a folder all that are in it, sorted by name.

    Files and folders whose names begin with "." or "_" are passed over, as Spark's and Hadoop's
    `_SUCCESS`. Raises InputError when a folder has no files of ads, or others among them.
    """
    folder = Path(source)
    if source == STANDARD_INPUT or not folder.is_dir():
        return [AdFile(source)]
    names = sorted(
        (Path(place) / name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder, onerror=_no_folder)
        for name in names
    )
    names = [name for name in names if not any(part[0] in "._" for part in name.split("/"))]
    if not names:
        raise InputError(f"{source} is a folder without files of ads")
    for name in names:
        if not is_named_as_ads(name):
            raise InputError(
                f"{folder / name} is no JSONL, CSV, TSV or Parquet file by its name, nor JSON, "
                "Excel or zip: rename it, or move it out of the folder"
            )
    return [AdFile(str(folder / name), name) for name in names]


def read_files(files: Iterable[AdFile], columns: InputSettings) -> Iterator[Row]:
    """The ads of all `files`, in order. Raises InputError as `read_ads`."""
    for file in files:
        yield from file.rows(columns)


def count_files(files: Iterable[AdFile], columns: InputSettings | None = None) -> int | None:
    """Number of ads in `files` where it is known of all of them without parsing."""
    total = 0
    for file in files:
        rows = count_rows(file.path, columns)
        if rows is None:
            return None
        total += rows
    return total


def file_chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """`rows` in lists of `size`, the last one of each file shorter.

    A row whose number does not follow the one before begins another file. What is computed
    together thus depends on nothing but the file. Rows before an error come before it is raised.
    """
    return _chunks(rows, size, lambda before, row: row.row != before.row + 1)


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """`items` in lists of `size`, the last one shorter, whatever files they are from.

    Those before an error in reading come before it is raised.
    """
    return _chunks(items, size, lambda _, __: False)


def _chunks(
    items: Iterable[Item], size: int, parted: Callable[[Item, Item], bool]
) -> Iterator[list[Item]]:
    """Lists of `size` at most, of neighbours that are not `parted`."""
    chunk: list[Item] = []
    try:
        for item in items:
            if chunk and parted(chunk[-1], item):
                full, chunk = chunk, []
                yield full
            chunk.append(item)
            if len(chunk) == size:
                full, chunk = chunk, []
                yield full
    except InputError:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def _no_folder(error: OSError) -> None:
    raise InputError(f"can't read {error.filename}: {error.strerror}") from error
