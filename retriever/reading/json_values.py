"""A JSON text as a value, with what programs write that is no JSON but plain in its meaning. Pure.

NaN and infinite numbers are null, whichever way they are spelt; so are numbers that are too large.
"""

import json
import math
import re
from typing import Any

# Deeper fields than this could be read, but not be written again.
DEEPEST = 64

_INNER = r"(?:[^\"\\]|\\.)*+"
_STRING = rf'"{_INNER}"'
# A text that is never closed is taken as one, so that no part of it is looked at by itself.
_BARE = re.compile(
    rf'"{_INNER}(?:"|\\?\Z)|(?<![\w.])(?P<none>[+-]?(?:nan|inf|infinity)|null|none|undefined|na)(?![\w.])'
    r"|(?<![\w.])(?P<truth>true|false)(?![\w.])",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(rf'{_STRING}|[{{}}\[\]]|"', re.DOTALL)
_SCALAR = re.compile(rf"\s*:\s*({_STRING}|-?\d[\d.eE+-]*)", re.DOTALL)


def json_value(text: str) -> Any:
    """The value of `text`. Raises ValueError, saying what is wrong with it, and RecursionError."""
    try:
        return _STRICT.decode(text)
    except ValueError as error:
        mended = _BARE.sub(_as_json, text.strip().removesuffix(","))
        try:
            return _LENIENT.decode(mended)
        except ValueError:
            raise error from None


def readable_scalar(text: str, key: str) -> str | None:
    """What stands under `key` in an object that can't be read as a whole: a text or a number.

    Only what stands in the object itself counts, and the last of several, as in one that can be
    read.
    """
    depth, found = 0, None
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        if first in "{[":
            depth += 1
        elif first in "}]":
            depth -= 1
        elif len(token[0]) == 1:
            break
        elif depth == 1 and (value := _SCALAR.match(text, token.end())):
            found = _plain(value[1]) if _plain(token[0]) == key else found
    return found


def is_too_deep(value: Any, levels: int = DEEPEST) -> bool:
    """Whether there are more than `levels` lists and objects, one in the other."""
    if not isinstance(value, dict | list):
        return False
    items = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(is_too_deep(item, levels - 1) for item in items)


def without_nan(value: Any) -> Any:
    """`value` with null for numbers that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    return value


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _no_number(_: str) -> None:
    return None


def _as_json(found: re.Match[str]) -> str:
    if found["none"]:
        return "null"
    return found["truth"].lower() if found["truth"] else found[0]


def _plain(token: str) -> str | None:
    try:
        value = json.loads(token, strict=False)
    except ValueError:
        return None
    return value if isinstance(value, str) else token


# Control characters within texts are let through: they mean nothing else there.
_STRICT = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite, strict=False)
_LENIENT = json.JSONDecoder(
    parse_constant=_no_number, parse_float=_finite, parse_int=_whole, strict=False
)
