"""Checks of labelled ads before they are learned: which are refused, which contradict. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of a labelled ad without its vector: its title, what equal ads have in common,
    and the codes that somebody gave it."""

    title: str
    content: str
    codes: tuple[str, ...]


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
    """An ad that was learned before with other codes; several are joined by |."""

    id: str
    title: str
    before: str
    after: str


def content_id(title: str, description: str) -> str:
    """An id for an ad that came without one: the same whenever the ad is."""
    return hashlib.sha256(f"{title}\0{description}".encode()).hexdigest()[:16]


def contradictions(new: Mapping[str, Label], known: Mapping[str, Label]) -> list[Contradiction]:
    """Titles and texts that were coded in several ways once `new` are learned beside `known`.

    Both are by point id; a new one replaces a known one. Only what is among the new counts.
    """
    ways: dict[str, set[tuple[str, ...]]] = {label.content: set() for label in new.values()}
    for label in {**known, **new}.values():
        if label.content in ways:
            ways[label.content].add(label.codes)
    titles = {label.content: label.title for label in new.values()}
    return [
        Contradiction(titles[content], tuple(sorted({code for codes in found for code in codes})))
        for content, found in ways.items()
        if len(found) > 1
    ]
