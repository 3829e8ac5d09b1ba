"""Read ads row by row: JSON, CSV, TSV, Excel, Parquet, packed or not, from a file or a stream.

One row is in memory at a time, of Parquet and Excel some more. A row that is no ad becomes a
`BrokenRow` with its number and the reason; only a file that can't be read at all is an error.
"""

from collections.abc import Iterator
from typing import BinaryIO

from isco.core.errors import InputError
from isco.core.records import Row
from isco.core.settings import InputSettings
from isco.retriever.reading.archives import is_workbook, opened_zip, read_members
from isco.retriever.reading.csv_files import read_csv
from isco.retriever.reading.encodings import TextDecoder, as_utf8
from isco.retriever.reading.file_kinds import (
    HEAD,
    JSON,
    PARQUET,
    ZIP,
    is_json,
    is_named_as_ads,
    kind_of,
    refuse_markup,
)
from isco.retriever.reading.json_files import find_layout, read_json
from isco.retriever.reading.json_layout import begun_text, has_rows, is_json_text
from isco.retriever.reading.lines import count_lines
from isco.retriever.reading.lookahead import PIECE, Lookahead
from isco.retriever.reading.opening import STANDARD_INPUT, Opened, is_regular, opened

__all__ = ["STANDARD_INPUT", "count_rows", "is_named_as_ads", "read_ads"]


def read_ads(source: str, columns: InputSettings, stdin: BinaryIO | None = None) -> Iterator[Row]:
    """Yield the ads of `source`, a path or "-", in order.

    Raises InputError when the file is missing, unreadable, no file of ads, or has none of the
    columns; where it breaks off, after the ads before that. Warns (InputWarning) of what is odd.
    """
    with opened(source, stdin) as found:
        try:
            yield from _rows(found, columns)
        except OSError as error:
            raise InputError(f"can't read {found.name}: {error}") from error


def count_rows(source: str, columns: InputSettings | None = None) -> int | None:
    """Number of ads where it is known without parsing them (JSONL, Parquet), else None."""
    columns = columns or InputSettings()
    if source == STANDARD_INPUT or not is_regular(source):
        return None
    try:
        with opened(source) as found:
            kind = _kind(found)
            if found.packed or kind == ZIP:
                return None
            if kind == PARQUET:
                from isco.retriever.reading.parquet import count_parquet_rows

                return count_parquet_rows(found.as_file())
            text = as_utf8(found.bytes, columns.encoding)
            if text is not found.bytes or not _is_json(text, kind, columns, found.name):
                return None
            if find_layout(text, columns, found.name).is_document:
                return None
            return count_lines(text)
    except (OSError, InputError):
        return None


def _rows(found: Opened, columns: InputSettings, within: bool = False) -> Iterator[Row]:
    """The ads of a file, which may be `within` a zip file."""
    kind = _kind(found)
    if kind == PARQUET:
        from isco.retriever.reading.parquet import read_parquet

        return read_parquet(found.as_file(), columns, found.name)
    if kind == ZIP:
        return _of_zip(found, columns, within)
    text = as_utf8(found.bytes, columns.encoding)
    decoder = TextDecoder(
        columns.encoding, lambda: b"" if text.live else text.ahead(PIECE), found.name
    )
    read = read_json if _is_json(text, kind, columns, found.name) else read_csv
    return read(text, decoder, columns, found.name)


def _of_zip(found: Opened, columns: InputSettings, within: bool) -> Iterator[Row]:
    file = found.as_file()
    archive = opened_zip(file, found.name)
    if is_workbook(archive):
        from isco.retriever.reading.excel import read_excel

        return read_excel(file, columns, found.name)
    if within:
        raise InputError(f"{found.name} is a zip file in a zip file: unpack it first")
    return read_members(archive, found.name, lambda inner: _rows(inner, columns, within=True))


def _kind(found: Opened) -> str:
    stream = found.bytes
    head = stream.line_ahead(HEAD) if stream.live else stream.ahead(HEAD)
    return kind_of(head, found.file_name, found.name)


def _is_json(text: Lookahead, kind: str, columns: InputSettings, name: str) -> bool:
    """Whether a text is JSON, by its file's name or by how it begins. Refuses HTML and XML."""
    head = text.line_ahead(PIECE)
    refuse_markup(head, name)
    begun = begun_text(head)
    return kind == JSON or has_rows(begun, columns) or (is_json(head) and is_json_text(begun))
