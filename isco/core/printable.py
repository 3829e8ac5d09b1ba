"""Texts of others on a terminal: without what would move its cursor, or turn what stands there.

Titles of ads can hold escape sequences, which a terminal obeys, and marks that let a text run from
right to left over what is around it.
"""

import re

_ESCAPES = re.compile(
    # Operating system commands and other strings, up to their end or that of the line;
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\n]*?(?:\x07|\x1b\\|\x9c|(?=\n)|$)"
    # control sequences; whatever else begins with an escape.
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[^\n]?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """`text` without escape sequences, control characters but tab and line feed, and bidi marks."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROLS.sub("", _ESCAPES.sub("", text))
