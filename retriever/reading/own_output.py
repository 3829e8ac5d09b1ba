"""A CSV file that isco classify wrote, as it comes back from a spreadsheet. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from isco.core.formulas import as_it_was

_CODE = "isco_code"
# No group of three digits ends in 0: this is the one of four with 0 before it, of which a
# spreadsheet has made a number.
_WITHOUT_ZERO = re.compile(r"([1-9]\d0)([.,]0+)?", re.ASCII)


def as_written(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A row's fields as they were, or as somebody who filled in a code meant them."""
    found = {
        name: as_it_was(value) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    code = _WITHOUT_ZERO.fullmatch(str(found[_CODE]).strip())
    return found | {_CODE: f"0{code[1]}"} if code else found
