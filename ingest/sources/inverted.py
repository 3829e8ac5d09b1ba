"""Titles as indexes invert them, turned round: "Worker, stonework: layout". Pure."""

import re

_BRACKETS = re.compile(r"\s*\(([^()]*)\)")
_CUTS = re.compile(r"[,:;]\s+")


def turned_round(title: str) -> str | None:
    """The title in the order in which it is spoken: "layout stonework worker".

    What stands in brackets goes first. None for a title that is not inverted.
    """
    parts = [part.strip() for part in _CUTS.split(_BRACKETS.sub("", title)) if part.strip()]
    if len(parts) < 2:
        return None
    return " ".join((*_BRACKETS.findall(title), *reversed(parts)))
