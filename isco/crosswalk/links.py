"""What a mapping table says, as data: links from an occupation or a group to a target. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from isco.crosswalk.columns import Columns

_WRONG = ("wrong", "no match", "nomatch")
# Texts in UTF-8 that somebody read as Windows-1252 and wrote again.
_TWICE_ENCODED = re.compile("[ÂÃâ][\x80-\xbf\u0152-\u2122]")


class Relation(StrEnum):
    """How a target lies to the occupation: it is the same, about the same, narrower or broader."""

    EXACT = "exact"
    CLOSE = "close"
    NARROW = "narrow"
    BROAD = "broad"

    @property
    def inverse(self) -> "Relation":
        """Seen from the other side."""
        turned = {Relation.NARROW: Relation.BROAD, Relation.BROAD: Relation.NARROW}
        return turned.get(self, self)


@dataclass(frozen=True, slots=True)
class Link:
    """A row of a table. `source` is the URI or code as it stands there; `weight` is how much the
    table itself says that it counts."""

    line: int
    source: str
    source_label: str
    code: str
    label: str
    relation: Relation | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A row that is no link, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class LinkTable:
    """A table as read. `told` is its preamble; of a scale the targets are numbers."""

    file: str
    name: str
    is_scale: bool
    links: tuple[Link, ...]
    broken: tuple[BrokenLink, ...]
    told: Mapping[str, str]

    @cached_property
    def labels(self) -> dict[str, str]:
        """The targets' labels by their codes; of several the first."""
        found: dict[str, str] = {}
        for link in self.links:
            if not found.get(link.code):
                found[link.code] = link.label
        return found


class BrokenRowError(ValueError):
    """Says why a row is no link."""


def link_of(line: int, cells: Sequence[str], columns: Columns) -> Link:
    """A row as a link. Raises BrokenRowError."""

    def cell(place: int | None) -> str:
        text = cells[place] if place is not None and place < len(cells) else ""
        return " ".join(_mended(text).split())

    source, code = cell(columns.source), cell(columns.target)
    if not source:
        raise BrokenRowError("it names no occupation" if code else "it names nothing")
    if not code:
        raise BrokenRowError("it names no target")
    relation = relation_of(cell(columns.relation))
    return Link(
        line,
        source,
        cell(columns.source_label),
        code,
        cell(columns.target_label),
        relation.inverse if relation and columns.backwards else relation,
        _weight(cell(columns.weight)),
    )


def relation_of(text: str) -> Relation | None:
    """The relation in words such as "skos:exactMatch"; None where none is said.

    Raises BrokenRowError for one that says that nothing matches, and for one that is not known.
    """
    key = text.casefold().rpartition(":")[2].rpartition("#")[2]
    if not key:
        return None
    if any(word in key for word in _WRONG):
        raise BrokenRowError(f"its relation is {text!r}: they do not match")
    found = next((relation for relation in Relation if relation in key), None)
    if found is None:
        raise BrokenRowError(f"its relation is {text!r}, which is not known")
    return found


def number_of(text: str) -> float | None:
    """A number as people write it, with a decimal comma or point; None for what is none."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _weight(text: str) -> float:
    if not text:
        return 1.0
    percent = text.endswith("%")
    number = number_of(text.rstrip("% "))
    if number is None or number < 0:
        raise BrokenRowError(f"its weight is {text!r}, which is no number from 0 up")
    return number / 100 if percent else number


def _mended(text: str) -> str:
    """A text whose letters beyond ASCII were encoded twice, as it was."""
    if not _TWICE_ENCODED.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
