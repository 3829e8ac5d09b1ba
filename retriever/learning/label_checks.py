"""Checks of labelled ads before they are learned: which are refused, which contradict. Pure."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from isco.core.codes import UNIT_LEVEL, level, parse_code


@dataclass(frozen=True, slots=True)
class Label:
    """A clean title and text, and the code that somebody gave them."""

    title: str
    description: str
    isco_code: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not learned, and why."""

    line: int
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Ads with the same title and text, and the codes that they were given, ascending."""

    title: str
    isco_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedCode:
    """An ad that was learned before with another code."""

    id: str
    title: str
    before: str
    after: str


def unit_group(text: str | None, known: Collection[str], column: str) -> str:
    """`text` as the code of a unit group in `known`. Raises ValueError that says what is wrong.

    `column` is where it stood.
    """
    if text is None:
        raise ValueError(f"{column} is empty: only ads with a code can be learned")
    code = parse_code(text)
    if level(code) != UNIT_LEVEL:
        raise ValueError(
            f"{column} {text!r} has {level(code)} digits instead of {UNIT_LEVEL} "
            "(spreadsheets drop a leading zero)"
        )
    if code not in known:
        raise ValueError(f"{column} {text!r} is no unit group of the taxonomy in use")
    return code


def content_id(title: str, description: str) -> str:
    """An id for an ad that came without one: the same whenever the ad is."""
    return hashlib.sha256(f"{title}\0{description}".encode()).hexdigest()[:16]


def contradictions(new: Mapping[str, Label], known: Mapping[str, Label]) -> list[Contradiction]:
    """Titles and texts that have several codes once `new` are learned beside `known`.

    Both are by point id; a new one replaces a known one. Only what is among the new counts.
    Titles are compared without case.
    """
    codes: dict[tuple[str, str], set[str]] = {_content(label): set() for label in new.values()}
    for label in {**known, **new}.values():
        if _content(label) in codes:
            codes[_content(label)].add(label.isco_code)
    titles = {_content(label): label.title for label in new.values()}
    return [
        Contradiction(titles[content], tuple(sorted(found)))
        for content, found in codes.items()
        if len(found) > 1
    ]


def _content(label: Label) -> tuple[str, str]:
    return label.title.casefold(), label.description.casefold()
