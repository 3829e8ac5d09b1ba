"""Read ads from Parquet, some rows at a time. A row's line is its number."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isco.core.errors import InputError, UnavailableError
from isco.core.records import Ad, BrokenRow
from isco.core.settings import InputSettings
from isco.retriever.reading.rows import broken_row, require_columns, to_ad

_ROWS_AT_ONCE = 1024


def read_parquet(stream: Any, columns: InputSettings, source: str) -> Iterator[Ad | BrokenRow]:
    """Yield the ads of a binary stream that can seek, in order.

    Raises InputError when it is no Parquet file or has none of the columns, UnavailableError
    without pyarrow.
    """
    pyarrow = _pyarrow()
    if not stream.seekable():
        raise InputError(f"{source}: Parquet has to be read from a file, give its name")
    try:
        file = pyarrow.parquet.ParquetFile(stream)
        require_columns(file.schema_arrow.names, columns, source)
        row = 0
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
            for fields in _rows(batch):
                row += 1
                if isinstance(fields, Exception):
                    yield broken_row(row, row, f"line {row} can't be read: {fields}")
                else:
                    yield to_ad(_plain(fields), row, row, columns)
    except pyarrow.ArrowException as error:
        raise InputError(f"can't read {source}: {error}") from error


def count_parquet_rows(path: Path) -> int | None:
    """Number of rows, as the file's footer has it; None when it can't be read."""
    pyarrow = _pyarrow()
    try:
        rows: int = pyarrow.parquet.read_metadata(path).num_rows
    except (OSError, pyarrow.ArrowException):
        return None
    return rows


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UnavailableError(
            "Parquet needs the extra 'parquet': pip install 'isco[parquet]'"
        ) from error
    return pyarrow


def _rows(batch: Any) -> Iterator[dict[str, Any] | Exception]:
    """The rows of a batch, one by one where one of them holds a value that Python can't."""
    try:
        yield from batch.to_pylist()
    except (ValueError, OverflowError) as error:
        if batch.num_rows == 1:
            yield error
            return
        for number in range(batch.num_rows):
            yield from _rows(batch.slice(number, 1))


def _plain(value: Any) -> Any:
    """`value` with null for numbers that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
