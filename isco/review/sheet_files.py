"""Sheets as files that a spreadsheet opens: CSV, and Excel workbooks.

Texts of ads are shown and never run: what would be a formula is a text in a workbook, and in CSV
has an apostrophe before it.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from isco.core.atomic_write import put_in_place
from isco.core.errors import ConfigError, UnavailableError
from isco.review.sheet import Column, harmless_cell

# What no XML may hold, and so no workbook.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_CELL = 32_767
_ROWS_OF_EXCEL = 1_048_576
_CODES = "codes"


def write_sheet(
    path: Path,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    code_column: str,
    titles: Mapping[str, str],
) -> None:
    """A sheet at `path`, which appears when it is whole; `titles` are those of all groups by code.

    Raises ConfigError for a name that says neither format, UnavailableError where it can't be
    written.
    """
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise ConfigError(f"{path}: a sheet is a .csv or an .xlsx file; name it so")
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        if kind == ".csv":
            _write_csv(unfinished, columns, rows)
        else:
            _write_workbook(unfinished, columns, rows, code_column, titles)
        put_in_place(unfinished, path)
    except OSError as error:
        raise UnavailableError(f"can't write {path}: {error.strerror or error}") from error


def _write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    # Excel takes a file for UTF-8 by its first bytes.
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.name for column in columns])
        for row in rows:
            writer.writerow([harmless_cell(cell) for cell in row])


def _write_workbook(
    path: Path,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    code_column: str,
    titles: Mapping[str, str],
) -> None:
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Alignment, Font
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.datavalidation import DataValidation
    except ImportError as error:
        raise UnavailableError(
            f"{path.name.removesuffix('.unfinished')} is an Excel workbook, which needs the extra "
            "'excel': pip install 'isco[excel]' (or name it .csv)"
        ) from error
    book = Workbook()
    sheet = book.active
    sheet.title = "to code"
    for place, column in enumerate(columns, start=1):
        size = sheet.column_dimensions[get_column_letter(place)]
        size.width, size.hidden = column.width, not column.shown
        _put(sheet, 1, place, column.name).font = Font(bold=True)
    number = 1
    for number, row in enumerate(rows, start=2):
        if number > _ROWS_OF_EXCEL:
            raise ConfigError(f"{path}: Excel holds {_ROWS_OF_EXCEL} rows; give a --budget")
        for place, text in enumerate(row, start=1):
            _put(sheet, number, place, text).alignment = Alignment(wrap_text=True, vertical="top")
    names = [column.name for column in columns]
    sheet.freeze_panes = sheet.cell(2, 3)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{number}"
    codes = book.create_sheet(_CODES)
    codes.column_dimensions["A"].width, codes.column_dimensions["B"].width = 12, 80
    for place, (code, title) in enumerate(sorted(titles.items()), start=1):
        _put(codes, place, 1, code)
        _put(codes, place, 2, title)
    if titles and number > 1:
        # Several codes, and the words for no code, are right as well: Excel asks, and takes them.
        choice = DataValidation(
            "list", formula1=f"{_CODES}!$A$1:$A${len(titles)}", allow_blank=True,
            errorStyle="warning", error="This is no code of the list. Keep it?",
        )  # fmt: skip
        letter = get_column_letter(names.index(code_column) + 1)
        choice.add(f"{letter}2:{letter}{number}")
        sheet.add_data_validation(choice)
    book.save(path)


def _put(sheet: Any, row: int, column: int, text: str) -> Any:
    cell = sheet.cell(row, column)
    cell.value = _NOT_IN_XML.sub("", text)[:_LONGEST_CELL]
    # Codes keep their zeros, and "=1+1" is what it says.
    cell.data_type, cell.number_format = "s", "@"
    return cell
