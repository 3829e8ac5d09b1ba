"""Cells that a spreadsheet would take for formulas, and run. Pure.

An apostrophe before them makes them texts. Where one is there already it gets another, so that what
was written can be read back to the letter.
"""

import re

# Signs in full width are signs where people type them.
_BEGINS = re.compile(r"\s*[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?", re.ASCII)
_APOSTROPHE = "'"


def without_formula(cell: str) -> str:
    """`cell`, with an apostrophe before it where a spreadsheet would run it. Numbers stay."""
    return _APOSTROPHE + cell if cell and _is_formula(cell) else cell


def as_it_was(cell: str) -> str:
    """The inverse of `without_formula`."""
    return cell[1:] if cell.startswith(_APOSTROPHE) and _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    """Whether it is one but for apostrophes before it."""
    text = cell.lstrip(_APOSTROPHE)
    if not _BEGINS.match(text) or _NUMBER.fullmatch(text):
        return False
    return any(map(str.isalnum, text))
