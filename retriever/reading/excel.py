"""Read ads from an Excel workbook (.xlsx), row by row. A row's line is its number in the sheet."""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import IO, Any

from isco.core.errors import InputError, InputWarning
from isco.core.flat_columns import is_flat
from isco.core.records import Row
from isco.core.settings import InputSettings
from isco.core.workbook import filled_rows, has_formulas, open_workbook
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
    with open_workbook(file, name) as book, ExitStack() as formulas:
        sheet = _sheet(book, columns, name)
        shown: Iterator[tuple[int, list[Any]]] = iter(())
        if has_formulas(file):
            other = formulas.enter_context(open_workbook(file, name, values=False))
            shown = filled_rows(other[sheet.title])
        yield from _ads(sheet, shown, columns, name)


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
) -> tuple[list[str], bool, int]:
    """The names of the columns, whether those of an ad are among them, and their line.

    There may be titles and notes above them; without columns of an ad the first row counts.
    """
    first: list[str] = []
    line = 0
    for line, cells in islice(rows, _HEADER_WITHIN):
        names = ["" if cell is None else str(cell) for cell in cells]
        first = first or names
        if looks_like_an_ad(dict.fromkeys((name.strip() for name in names), ""), columns):
            return names, True, line
    return first, False, line


def _ads(
    sheet: Any, shown: Iterator[tuple[int, list[Any]]], columns: InputSettings, name: str
) -> Iterator[Row]:
    rows = filled_rows(sheet)
    found, _, line = _header(rows, columns)
    header = column_names(found, name)
    places = check_table(dict.fromkeys(header, ""), columns, name)
    return named_rows(_rows(_with_formulas(rows, shown, line), header, places), places.id in header)


def _with_formulas(
    rows: Iterator[tuple[int, list[Any]]], shown: Iterator[tuple[int, list[Any]]], header: int
) -> Iterator[tuple[int, list[Any], list[Any]]]:
    """The rows, each with its cells as they are `shown`, which has formulas for their values.

    A row below the `header` that has nothing but formulas without a value is among them.
    """
    row, formulas = next(rows, None), next(shown, None)
    while row or formulas:
        if formulas and (not row or formulas[0] < row[0]):
            if formulas[0] > header:
                yield formulas[0], [], formulas[1]
            formulas = next(shown, None)
        elif row and formulas and formulas[0] == row[0]:
            yield *row, formulas[1]
            row, formulas = next(rows, None), next(shown, None)
        elif row:
            yield *row, []
            row = next(rows, None)


def _rows(
    rows: Iterator[tuple[int, list[Any], list[Any]]], header: list[str], columns: InputSettings
) -> Iterator[Row]:
    ours = is_flat(header)
    for row, (line, cells, shown) in enumerate(rows, start=1):
        filled = [*cells, *[None] * len(header)]
        fields = dict(zip(header, filled, strict=False))
        reason = None
        if any(cell is not None for cell in cells[len(header) :]):
            reason = f"line {line} has cells outside of the {len(header)} columns with a name"
        for column, cell, formula in zip(header, filled, shown, strict=False):
            if cell is None and formula and column in (columns.title, columns.description):
                reason = (
                    f"line {line}: {column} is a formula, and its value is not stored: open the "
                    "workbook in Excel and save it"
                )
        if reason:
            ad_id = fields.get(columns.id)
            yield broken_row(row, line, reason, None if ad_id is None else str(ad_id))
        else:
            yield to_ad(as_written(fields) if ours else fields, row, line, columns)
