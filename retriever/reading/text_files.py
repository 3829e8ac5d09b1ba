"""Read ads row by row: JSONL, CSV, TSV, compressed or not, from a file or standard input; Parquet.

One row is in memory at a time, of Parquet some more. A row that is no ad becomes a `BrokenRow`
with its number and the reason; only a file that can't be read at all is an error.
"""

import csv
import gzip
import io
import json
import math
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow
from isco.core.settings import InputSettings
from isco.retriever.reading.rows import broken_row, require_columns, to_ad

STANDARD_INPUT = "-"

_SUFFIXES = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "csv",
    ".tab": "csv", ".parquet": "parquet",
}  # fmt: skip
_DELIMITERS = "\t;|,"
# Deeper fields than this could be read, but not be written again.
_DEEPEST = 64
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"


def read_ads(
    source: str, columns: InputSettings, stdin: BinaryIO | None = None
) -> Iterator[Ad | BrokenRow]:
    """Yield the ads of `source`, a path or "-", in order.

    Raises InputError when the file is missing, unreadable, no text, or has none of the columns.
    """
    with _open(source, stdin) as stream:
        try:
            head = stream.peek(1)
            kind = _format(source, head)
            if kind == "parquet":
                from isco.retriever.reading.parquet import read_parquet

                yield from read_parquet(stream, columns, _name(source))
            elif kind == "jsonl":
                yield from _read_jsonl(stream, columns)
            else:
                yield from _read_csv(stream, head, columns, source)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"can't read {_name(source)}: {error}") from error


def count_rows(source: str) -> int | None:
    """Number of ads where it is known without parsing them (plain JSONL, Parquet), else None."""
    path = Path(source)
    kind = _SUFFIXES.get(path.suffix.lower())
    if source == STANDARD_INPUT or kind in (None, "csv"):
        return None
    if kind == "parquet":
        from isco.retriever.reading.parquet import count_parquet_rows

        return count_parquet_rows(path)
    try:
        with path.open("rb") as stream:
            return sum(1 for line in stream if line.strip())
    except OSError:
        return None


def is_named_as_ads(name: str) -> bool:
    """Whether a file's name says that it is of a format that is read."""
    return _suffix(name) in _SUFFIXES


@contextmanager
def _open(source: str, stdin: BinaryIO | None) -> Iterator[Any]:
    """A binary stream with `peek`, decompressed. What the caller gave stays open."""
    if source == STANDARD_INPUT:
        given: Any = stdin or sys.stdin.buffer
        stream = given if hasattr(given, "peek") else io.BufferedReader(given)
        try:
            yield _unzipped(stream)
        finally:
            if stream is not given:
                stream.detach()
        return
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{source} is a folder; name one file of ads")
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"can't read {source}: {error.strerror or error}") from error
    with stream:
        yield _unzipped(stream)


def _unzipped(stream: Any) -> Any:
    return gzip.GzipFile(fileobj=stream) if stream.peek(2).startswith(_GZIP) else stream


def _name(source: str) -> str:
    return "standard input" if source == STANDARD_INPUT else source


def _suffix(name: str) -> str:
    """The last part of a file's name, without that of the compression."""
    path = Path(name)
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


def _format(source: str, head: bytes) -> str:
    """Parquet by its magic number; else by the file's name, else by its first character."""
    suffix = _suffix(source)
    if head.startswith(_PARQUET) or _SUFFIXES.get(suffix) == "parquet":
        return "parquet"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:1024]:
        raise InputError(f"{_name(source)} is not UTF-8 text: convert it first (iconv -t UTF-8)")
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    kind = _SUFFIXES.get(suffix) or ("jsonl" if first in {b"{", b"["} else "csv")
    if kind == "jsonl" and first == b"[":
        raise InputError(
            f"{_name(source)} is one JSON array; one object a line is expected "
            "(jq -c '.[]' turns the one into the other)"
        )
    return kind


def _read_jsonl(stream: Iterable[bytes], columns: InputSettings) -> Iterator[Ad | BrokenRow]:
    row = 0
    for line, raw in enumerate(stream, start=1):
        text = raw.removeprefix(b"\xef\xbb\xbf") if line == 1 else raw
        if not text.strip():
            continue
        row += 1
        try:
            fields = json.loads(
                text.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite
            )
        except UnicodeDecodeError as error:
            yield broken_row(row, line, f"line {line} is not UTF-8 (byte {error.start})")
        except (ValueError, RecursionError) as error:
            yield broken_row(row, line, f"line {line} is not JSON: {error}")
        else:
            if _is_deeper(fields, _DEEPEST):
                reason = f"line {line} is nested more than {_DEEPEST} levels deep"
                yield broken_row(row, line, reason)
            elif isinstance(fields, dict):
                yield to_ad(fields, row, line, columns)
            else:
                found = type(fields).__name__
                yield broken_row(row, line, f"line {line} is a {found}, not an object")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is out of range")
    return number


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    items = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in items)


def _read_csv(
    stream: Any, head: bytes, columns: InputSettings, source: str
) -> Iterator[Ad | BrokenRow]:
    csv.field_size_limit(sys.maxsize)
    header_line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    delimiter = max(_DELIMITERS, key=header_line.count)
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        # Strict: else a quote that is never closed would swallow the rows after it unnoticed.
        yield from _csv_rows(csv.reader(text, delimiter=delimiter, strict=True), columns, source)
    finally:
        text.detach()


def _csv_rows(reader: Any, columns: InputSettings, source: str) -> Iterator[Ad | BrokenRow]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise InputError(f"{_name(source)} has no readable header: {error}") from error
    require_columns(header, columns, _name(source))
    row, line = 0, reader.line_num + 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row += 1
            yield broken_row(row, line, f"line {line} is not CSV: {error}")
            line = reader.line_num + 1
            continue
        if any(cells):
            row += 1
            yield _csv_row(header, cells, row, line, columns)
        line = reader.line_num + 1


def _csv_row(
    header: list[str], cells: list[str], row: int, line: int, columns: InputSettings
) -> Ad | BrokenRow:
    if len(cells) > len(header):
        reason = f"line {line} has {len(cells)} cells, but the header has {len(header)}"
        return broken_row(row, line, reason)
    try:
        "".join(cells).encode("utf-8")
    except UnicodeEncodeError:
        return broken_row(row, line, f"line {line} is not UTF-8")
    filled = cells + [""] * (len(header) - len(cells))
    return to_ad(dict(zip(header, filled, strict=True)), row, line, columns)
