"""Predictions to files and streams: one record a line, so that a cut-off output can be mended."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from isco.core.atomic_write import put_in_place
from isco.core.errors import ConfigError, UnavailableError
from isco.core.flat_columns import (
    OCCUPATION_COLUMNS,
    cells_of_tables,
    kind_of_cells,
    occupation_cells,
)
from isco.core.records import NESTED_KEYS, PREDICTION_KEYS, Prediction
from isco.retriever.running.flat_csv import FlatCsv

TEXT_FORMATS = ("jsonl", "csv", "jsonld")
FORMATS = (*TEXT_FORMATS, "parquet")
_SUFFIXES = {"ndjson": "jsonl", **{name: name for name in FORMATS}}

_TABLES = "crosswalks"
# As Parquet has them: what a table is filtered by has columns of its own.
PARQUET_COLUMNS = tuple(
    column
    for key in PREDICTION_KEYS
    for column in (OCCUPATION_COLUMNS if key == "occupation" else (key,))
)


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
            f"{output}: .{suffix} is no format of predictions: name it .jsonl, .csv, .jsonld or "
            ".parquet, or say with --format what to write"
        )
    kind = kind or "jsonl"
    if output is None and kind not in TEXT_FORMATS:
        raise ConfigError(f"{kind} can't be written to standard output; name a file with -o")
    return kind


class JsonLines:
    """A file of one JSON object a line, which holds everything."""

    header = b""
    names_versions = True
    record_begins = b'{"id": '

    def settled(self, predictions: Sequence[Prediction]) -> "JsonLines":
        """It is the same whatever the first predictions are."""
        return self

    def encode(self, prediction: Prediction) -> bytes:
        """One record, with the newline that ends it and no other."""
        return _json(prediction.as_dict()).encode("utf-8", "replace") + b"\n"

    def decode(self, line: bytes) -> Mapping[str, Any]:
        """The inverse of `encode`. ValueError for what is no record."""
        row = json.loads(line)
        if not isinstance(row, dict) or not {"id", "path", "versions"} <= row.keys():
            raise ValueError("not a prediction")
        return row

    def left_out(self, prediction: Prediction) -> Sequence[str]:
        """Nothing is."""
        return ()


TextFormat = JsonLines | FlatCsv


class PredictionWriter(Protocol):
    """Takes predictions in order; what `write` has returned from is in the output."""

    def write(self, predictions: Sequence[Prediction]) -> None:
        """Append `predictions`."""
        ...

    def close(self) -> None:
        """Finish the output."""
        ...


class TextWriter:
    """JSONL or CSV onto a binary stream.

    `begun` says that it has its header. `left_out` counts the ads that had something to say in a
    field without a column.
    """

    def __init__(self, stream: IO[bytes], form: TextFormat, begun: bool = False) -> None:
        self.left_out: Counter[str] = Counter()
        self._stream = stream
        self._form = form
        self._begun = begun

    def write(self, predictions: Sequence[Prediction]) -> None:
        """Append `predictions` in one write. Raises UnavailableError when it can't be written."""
        header = self._begin(predictions)
        self._put(header + b"".join(map(self._form.encode, predictions)))
        for prediction in predictions:
            self.left_out.update(self._form.left_out(prediction))

    def finish(self) -> None:
        """Write the header if nothing else was written; the stream stays open."""
        self._put(self._begin(()))

    def close(self) -> None:
        """Finish, and close the stream's own file; standard output stays open."""
        self.finish()
        if self._stream.fileno() > 2:
            self._stream.close()

    def _begin(self, predictions: Sequence[Prediction]) -> bytes:
        """The header where there is none yet; the first predictions say what columns it has."""
        if self._begun:
            return b""
        self._begun = True
        self._form = self._form.settled(predictions)
        return self._form.header

    def _put(self, data: bytes) -> None:
        if not data:
            return
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
    """Parquet by way of pyarrow; nested columns as JSON. The file appears when it is whole.

    `further` are columns of mapping tables, after all others; with any of them the whole of what
    the tables have is a nested column.
    """

    def __init__(self, path: Path, further: Sequence[str] = ()) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise UnavailableError(
                "Parquet needs the extra 'parquet': pip install 'isco[parquet]'"
            ) from error
        self._arrow = pyarrow
        types = {str: pyarrow.string(), float: pyarrow.float64(), bool: pyarrow.bool_()}
        number = {
            "level": pyarrow.int8(),
            "confidence": types[float],
            "best_confidence": types[float],
            "occupation_probability": types[float],
        }
        own = [(name, number.get(name, types[str])) for name in PARQUET_COLUMNS]
        if further:
            own.append((_TABLES, types[str]))
        added = [(name, types[kind_of_cells(name)]) for name in further]
        self._schema = pyarrow.schema([*own, *added])
        self._path = path
        self._partial = path.with_name(f"{path.name}.partial")
        self._file = pyarrow.parquet.ParquetWriter(self._partial, self._schema)

    def write(self, predictions: Sequence[Prediction]) -> None:
        """Append `predictions` as one row group."""
        rows = [
            {
                name: _storable(_json(value) if name in NESTED_KEYS else value)
                for name, value in _columns(prediction).items()
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


def _columns(prediction: Prediction) -> dict[str, Any]:
    row = prediction.as_dict()
    row.pop("occupation")
    cells = zip(OCCUPATION_COLUMNS, occupation_cells(prediction.occupation), strict=True)
    return {**row, **dict(cells), **cells_of_tables(prediction.crosswalks)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _storable(value: Any) -> Any:
    """A text as UTF-8 can hold it, which Arrow insists on; other values as they are."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
