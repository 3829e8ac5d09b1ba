"""Headers of tables, as people write them."""

import re

_MARKS = re.compile(r"[\W_]+")


def header_key(header: str) -> str:
    """A header without case and marks: "Ö-ISCO-Code" → "ö isco code"."""
    return _MARKS.sub(" ", header.casefold()).strip()
