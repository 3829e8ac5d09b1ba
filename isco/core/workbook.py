"""Excel workbooks (.xlsx): their sheets, row by row. A row's line is its number in the sheet."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from isco.core.errors import InputError, UnavailableError

# What openpyxl, and what it stands on, raise for files that are damaged.
_FAULTS = (
    BadZipFile, SyntaxError, LookupError, ValueError, TypeError, AttributeError, OSError, EOFError,
)  # fmt: skip


_FORMULA = re.compile(rb"<f[ >/]")
_PIECE = 1 << 20


@contextmanager
def open_workbook(file: IO[bytes], name: str, values: bool = True) -> Iterator[Any]:
    """The workbook in `file`, which is read as its rows are asked for: of formulas the values that
    are stored with them, or else these themselves, as Excel shows them.

    Raises InputError when it can't be read, then or later, UnavailableError without openpyxl.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise UnavailableError(
            f"{name} is an Excel workbook, which needs the extra 'excel': "
            "pip install 'isco[excel]' (or save it as CSV)"
        ) from error
    with warnings.catch_warnings():
        # Of styles and extensions, which are not looked at.
        warnings.simplefilter("ignore", UserWarning)
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=values)
        except _FAULTS as error:
            raise InputError(
                f"{name} is an Excel workbook that can't be read ({_said(error)}): save it "
                "anew, or as CSV"
            ) from error
    try:
        yield book
    except _FAULTS as error:
        raise InputError(f"can't read {name}: {_said(error)}") from error
    finally:
        book.close()


def filled_rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """The rows that hold something, with their numbers."""
    # What a file says of its own size may be wrong.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(cell is not None and str(cell).strip() for cell in cells):
            yield number, [_plain(cell) for cell in cells]


def has_formulas(file: IO[bytes]) -> bool:
    """Whether any sheet of a workbook has a formula."""
    with ZipFile(file) as archive:
        return any(
            _holds_formula(archive, member)
            for member in archive.namelist()
            if member.startswith("xl/worksheets/")
        )


def _holds_formula(archive: ZipFile, member: str) -> bool:
    end = b""
    with archive.open(member) as sheet:
        while piece := sheet.read(_PIECE):
            if _FORMULA.search(end + piece):
                return True
            end = piece[-2:]
    return False


def _plain(value: Any) -> Any:
    """A cell's value as JSON has it. Whole numbers are such, whatever Excel stores."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, timedelta):
        return str(value)
    return value.isoformat() if isinstance(value, date | time) else value


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if isinstance(error, LookupError) else str(error)
