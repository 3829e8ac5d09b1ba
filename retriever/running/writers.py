"""Predictions to files and streams: one record a line, so that a cut-off output can be mended."""

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from isco.core.atomic_write import put_in_place
from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Prediction

TEXT_FORMATS = ("jsonl", "csv")
_SUFFIXES = {"jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv", "parquet": "parquet"}

COLUMNS = (
    "id", "isco_code", "isco_label", "level", "confidence", "path", "reason", "language",
    "candidates", "profile", "versions", "extra",
)  # fmt: skip
_NESTED = frozenset({"candidates", "profile", "versions", "extra"})


def format_of(output: str | None, asked: str | None) -> str:
    """The format asked for, else the one that the output's name has, else JSONL.

    Raises ConfigError for an output that would have to be compressed, for a name that says another
    format, and for a format that can't go to standard output.
    """
    suffix = Path(output).suffix.lower().lstrip(".") if output else ""
    if suffix in {"gz", "zip", "bz2", "xz", "zst"}:
        raise ConfigError(f"{output}: compressed output is not written; drop the .{suffix}")
    kind = asked or _SUFFIXES.get(suffix)
    # "codes.2026" and "codes.v1.2" have no suffix that names a format.
    if kind is None and suffix[:1].isalpha():
        raise ConfigError(
            f"{output}: .{suffix} is no format of predictions: name it .jsonl, .csv or .parquet, "
            "or say with --format what to write"
        )
    kind = kind or "jsonl"
    if output is None and kind not in TEXT_FORMATS:
        raise ConfigError(f"{kind} can't be written to standard output; name a file with -o")
    return kind


def header_of(kind: str) -> bytes:
    """What a file of text format `kind` starts with, before its first record."""
    return _csv_line(COLUMNS) if kind == "csv" else b""


def encode(prediction: Prediction, kind: str) -> bytes:
    """One record of text format `kind`, with the newline that ends it and no other."""
    row = prediction.as_dict()
    if kind == "csv":
        return _csv_line([_cell(name, row[name]) for name in COLUMNS])
    return _json(row).encode("utf-8", "replace") + b"\n"


def decode(line: bytes, kind: str) -> Mapping[str, Any]:
    """The inverse of `encode`, columns as far as they are needed to go on. ValueError if broken."""
    if kind == "csv":
        csv.field_size_limit(sys.maxsize)
        cells = next(csv.reader([line.decode("utf-8")]), [])
        if len(cells) != len(COLUMNS):
            raise ValueError(f"{len(cells)} cells instead of {len(COLUMNS)}")
        row = dict(zip(COLUMNS, cells, strict=True))
        return {**row, "versions": json.loads(row["versions"])}
    row = json.loads(line)
    if not isinstance(row, dict) or not {"id", "path", "versions"} <= row.keys():
        raise ValueError("not a prediction")
    return row


class PredictionWriter(Protocol):
    """Takes predictions in order; what `write` has returned from is in the output."""

    def write(self, predictions: Sequence[Prediction]) -> None:
        """Append `predictions`."""
        ...

    def close(self) -> None:
        """Finish the output."""
        ...


class TextWriter:
    """JSONL or CSV onto a binary stream."""

    def __init__(self, stream: IO[bytes], kind: str, with_header: bool = True) -> None:
        self._stream = stream
        self._kind = kind
        if with_header and header_of(kind):
            self._put(header_of(kind))

    def write(self, predictions: Sequence[Prediction]) -> None:
        """Append `predictions` in one write. Raises UnavailableError when it can't be written."""
        self._put(b"".join(encode(prediction, self._kind) for prediction in predictions))

    def close(self) -> None:
        """Close the stream's own file; standard output stays open."""
        if self._stream.fileno() > 2:
            self._stream.close()

    def _put(self, data: bytes) -> None:
        try:
            self._stream.write(data)
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UnavailableError(f"can't write the output: {error.strerror or error}") from error


class NoWriter:
    """Keeps nothing: for predictions that are only shown."""

    def write(self, predictions: Sequence[Prediction]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class ParquetWriter:
    """Parquet by way of pyarrow; nested columns as JSON. The file appears when it is whole."""

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise UnavailableError(
                "Parquet needs the extra 'parquet': pip install 'isco[parquet]'"
            ) from error
        self._arrow = pyarrow
        text, number = pyarrow.string(), {"level": pyarrow.int8(), "confidence": pyarrow.float64()}
        self._schema = pyarrow.schema([(name, number.get(name, text)) for name in COLUMNS])
        self._path = path
        self._partial = path.with_name(f"{path.name}.partial")
        self._file = pyarrow.parquet.ParquetWriter(self._partial, self._schema)

    def write(self, predictions: Sequence[Prediction]) -> None:
        """Append `predictions` as one row group."""
        rows = [
            {
                name: _storable(_json(value) if name in _NESTED else value)
                for name, value in prediction.as_dict().items()
            }
            for prediction in predictions
        ]
        self._file.write_table(self._arrow.Table.from_pylist(rows, schema=self._schema))

    def close(self) -> None:
        """Write the footer and give the file its name."""
        self._file.close()
        put_in_place(self._partial, self._path)


def first_ids_of_parquet(path: Path, count: int) -> list[str]:
    """The ids of up to `count` predictions that a file begins with. ValueError for what is none."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        if "id" not in file.schema_arrow.names:
            raise ValueError("there is no column id")
        batches = file.iter_batches(batch_size=max(count, 1), columns=["id"])
        first = next(batches, None)
    return [] if first is None else [str(found) for found in first.column(0).to_pylist()[:count]]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _storable(value: Any) -> Any:
    """A text as UTF-8 can hold it, which Arrow insists on; other values as they are."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _cell(name: str, value: Any) -> str:
    if name in _NESTED:
        return _json(value)
    return "" if value is None else " ".join(str(value).splitlines())


def _csv_line(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode("utf-8", "replace")
