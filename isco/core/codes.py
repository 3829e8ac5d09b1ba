"""ISCO-08 code arithmetic: validity, level, parent, ancestors, shared digits. Pure.

A code is a string of one to four digits: major group ("2"), sub-major group ("25"), minor group
("251"), unit group ("2512"). Codes are never numbers: "0110" starts with a zero that counts.

Source: ILO, International Standard Classification of Occupations 2008, structure.
"""

import re
from collections.abc import Iterable

UNIT_LEVEL = 4
LEVEL_NAMES = {1: "major group", 2: "sub-major group", 3: "minor group", 4: "unit group"}

_CODE = re.compile(r"[0-9]{1,4}", re.ASCII)


def is_code(text: object) -> bool:
    """Whether `text` has the form of an ISCO-08 code at any level."""
    return isinstance(text, str) and _CODE.fullmatch(text) is not None


def parse_code(text: str) -> str:
    """Return `text` as a code, without surrounding space and the "C" of ESCO's group URIs.

    Raises ValueError when it has no such form.
    """
    code = text.strip().removeprefix("C")
    if not is_code(code):
        raise ValueError(f"{text!r} is not an ISCO-08 code: one to four digits are expected")
    return code


def level(code: str) -> int:
    """Level of `code`: 1 (major group) to 4 (unit group); 0 for the empty string."""
    return len(code)


def parent(code: str) -> str | None:
    """The group one level up, or None for a major group."""
    return code[:-1] if len(code) > 1 else None


def ancestors(code: str) -> list[str]:
    """The groups above `code`, the nearest first: "2512" → ["251", "25", "2"]."""
    return [code[:length] for length in range(len(code) - 1, 0, -1)]


def truncate(code: str, to_level: int) -> str:
    """The group of `code` at `to_level` (1 to 4); `code` itself if it is not deeper."""
    return code[:to_level]


def shared_digits(left: str, right: str) -> int:
    """Number of leading digits that two codes share: the level of their common ancestor."""
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count


def lowest_common_ancestor(codes: Iterable[str]) -> str | None:
    """The deepest group that contains all `codes`; None when they share no digit or are none."""
    common: str | None = None
    for code in codes:
        common = code if common is None else common[: shared_digits(common, code)]
    return common or None
