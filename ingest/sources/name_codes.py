"""Codes in lists of titles, as offices and spreadsheets write them. Pure."""

import re
from collections.abc import Collection

_CODE = re.compile(r"(?:ISCO(?:-?08)?[ :_-]*)?C?(\d+)(?:[., -]\d+)*", re.ASCII | re.IGNORECASE)
_UNIT = 4


def unit_of(written: str, units: Collection[str], subdivided: bool) -> str | None:
    """The one of the unit groups `units` that a code names, None if it names none.

    "7512", "C7512", "ISCO-08 7512", "7512.0" and "7512.1"; "110" and "1101" for "0110" and "01101",
    of which a spreadsheet dropped the zero. Where codes are `subdivided`, as national versions of
    ISCO are, the first four digits.
    """
    found = _CODE.fullmatch(written.strip())
    if found is None:
        return None
    digits = found[1]
    if digits in units:
        return digits
    zero = f"0{digits}"[:_UNIT]
    if len(digits) == _UNIT - 1 or (subdivided and len(digits) == _UNIT):
        return zero if zero in units else None
    longer = digits[:_UNIT]
    return longer if subdivided and len(digits) > _UNIT and longer in units else None
