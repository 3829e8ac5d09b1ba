"""Read ads from Parquet, some rows at a time. A row's line is its number."""

from collections.abc import Iterator
from typing import IO, Any

from isco.core.errors import InputError, UnavailableError
from isco.core.records import Row
from isco.core.settings import InputSettings
from isco.retriever.reading.fields import is_there
from isco.retriever.reading.json_values import without_nan
from isco.retriever.reading.rows import broken_row, to_ad
from isco.retriever.reading.tables import check_table, named_rows, require_once

_ROWS_AT_ONCE = 1024


def read_parquet(file: IO[bytes], columns: InputSettings, name: str) -> Iterator[Row]:
    """Yield the ads of a file, in order.

    Raises InputError when it is no Parquet file or has none of the columns, UnavailableError
    without pyarrow.
    """
    pyarrow = _pyarrow()
    try:
        table = pyarrow.parquet.ParquetFile(file)
        require_once(table.schema_arrow.names, name)
        header = {field.name: _inner(field.type, pyarrow) for field in table.schema_arrow}
        places = check_table(header, columns, name)
        yield from named_rows(_rows(table, places), is_there(header, places.id))
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"can't read {name}: {error}") from error


def count_parquet_rows(file: IO[bytes]) -> int | None:
    """Number of rows, as the file's footer has it; None when it can't be read."""
    pyarrow = _pyarrow()
    try:
        rows: int = pyarrow.parquet.read_metadata(file).num_rows
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


def _inner(kind: Any, pyarrow: Any) -> Any:
    """What stands for a column's values: an object with its fields where they are objects."""
    if not pyarrow.types.is_struct(kind):
        return ""
    return {field.name: _inner(field.type, pyarrow) for field in kind}


def _rows(table: Any, columns: InputSettings) -> Iterator[Row]:
    row = 0
    for batch in table.iter_batches(batch_size=_ROWS_AT_ONCE):
        for fields, unreadable in _fields(batch):
            row += 1
            error = unreadable.get(columns.title) or unreadable.get(columns.description)
            if error:
                reason = f"line {row} can't be read: {error}"
                yield broken_row(row, row, reason, _with_texts(fields.get(columns.id)))
            else:
                yield to_ad(_with_texts(without_nan(fields)), row, row, columns)


def _fields(batch: Any) -> Iterator[tuple[dict[str, Any], dict[str, Exception]]]:
    """The rows of a batch, with null for a value that Python can't hold, and why it can't."""
    try:
        yield from ((fields, {}) for fields in batch.to_pylist())
    except (ValueError, OverflowError):
        if batch.num_rows > 1:
            for number in range(batch.num_rows):
                yield from _fields(batch.slice(number, 1))
            return
        fields: dict[str, Any] = {}
        errors: dict[str, Exception] = {}
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            try:
                (fields[name],) = column.to_pylist()
            except (ValueError, OverflowError) as error:
                fields[name], errors[name] = None, error
        yield fields, errors


def _with_texts(value: Any) -> Any:
    """`value` with texts for bytes, as columns without the type of texts have them."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {key: _with_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_texts(item) for item in value]
    return value
