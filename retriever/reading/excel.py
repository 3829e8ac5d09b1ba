"""Read ads from an Excel workbook (.xlsx), row by row. A row's line is its number in the sheet."""

import warnings
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from isco.core.errors import InputError, InputWarning
from isco.core.flat_columns import is_flat
from isco.core.records import Row
from isco.core.settings import InputSettings
from isco.core.workbook import filled_rows, open_workbook
from isco.retriever.reading.own_output import as_written
from isco.retriever.reading.rows import broken_row, to_ad
from isco.retriever.reading.shapes import looks_like_an_ad
from isco.retriever.reading.tables import check_table, column_names, named_rows

# Rows of a sheet in which its header is looked for, below titles and notes.
_HEADER_WITHIN = 20


def read_excel(file: IO[bytes], columns: InputSettings, name: str) -> Iterator[Row]:
    """Yield the ads of a workbook's sheet: the one that is asked for, or the first that has any.

    Raises InputError when the file can't be read or has none of the columns, UnavailableError
    without openpyxl.
    """
    with open_workbook(file, name) as book:
        yield from _ads(_sheet(book, columns, name), columns, name)


def _sheet(book: Any, columns: InputSettings, name: str) -> Any:
    """The sheet with the ads. Warns of others that have some as well."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if columns.sheet is not None:
        if columns.sheet not in sheets:
            raise InputError(
                f"{name} has no sheet {columns.sheet!r}, which input.sheet names; its sheets are "
                f"{', '.join(sheets) or 'none'}"
            )
        return sheets[columns.sheet]
    if not sheets:
        raise InputError(f"{name} has no sheets")
    fitting = [sheet for sheet in sheets.values() if _header(filled_rows(sheet), columns)[1]]
    if len(fitting) > 1:
        others = ", ".join(sheet.title for sheet in fitting[1:])
        warnings.warn(
            f"{name}: the sheet {fitting[0].title} is read, and not {others} (input.sheet names "
            "another)",
            InputWarning,
            stacklevel=2,
        )
    return fitting[0] if fitting else next(iter(sheets.values()))


def _header(
    rows: Iterator[tuple[int, list[Any]]], columns: InputSettings
) -> tuple[list[str], bool]:
    """The names of the columns, and whether those of an ad are among them.

    There may be titles and notes above them; without columns of an ad the first row counts.
    """
    first: list[str] = []
    for _, cells in islice(rows, _HEADER_WITHIN):
        names = ["" if cell is None else str(cell) for cell in cells]
        first = first or names
        if looks_like_an_ad(dict.fromkeys((name.strip() for name in names), ""), columns):
            return names, True
    return first, False


def _ads(sheet: Any, columns: InputSettings, name: str) -> Iterator[Row]:
    rows = filled_rows(sheet)
    found, _ = _header(rows, columns)
    header = column_names(found, name)
    places = check_table(dict.fromkeys(header, ""), columns, name)
    return named_rows(_rows(rows, header, places), places.id in header)


def _rows(
    rows: Iterator[tuple[int, list[Any]]], header: list[str], columns: InputSettings
) -> Iterator[Row]:
    ours = is_flat(header)
    for row, (line, cells) in enumerate(rows, start=1):
        rest = [cell for cell in cells[len(header) :] if cell is not None]
        if rest:
            reason = f"line {line} has cells outside of the {len(header)} columns with a name"
            ad_id = dict(zip(header, cells, strict=False)).get(columns.id)
            yield broken_row(row, line, reason, None if ad_id is None else str(ad_id))
            continue
        filled = [*cells, *[None] * len(header)]
        fields = dict(zip(header, filled, strict=False))
        yield to_ad(as_written(fields) if ours else fields, row, line, columns)
