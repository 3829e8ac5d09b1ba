"""Which column of a mapping table holds what, by its headers. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isco.core.headers import header_key
from isco.core.packaged_rules import packaged_rules

_ROLES = ("target label", "source label", "relation", "weight", "source", "target")


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of columns; `name` is what the header of the target is called, without "code".

    `backwards` says that the table goes from the target to the source, as its relations do then,
    `is_clear` that the target's header is known.
    """

    source: int
    target: int
    name: str
    is_scale: bool
    source_label: int | None = None
    target_label: int | None = None
    relation: int | None = None
    weight: int | None = None
    backwards: bool = False
    is_clear: bool = True


@dataclass(frozen=True, slots=True)
class WantedColumns:
    """Headers that somebody named; None where they are to be found."""

    source: str | None = None
    target: str | None = None
    label: str | None = None


def find_columns(cells: Sequence[str], wanted: WantedColumns) -> Columns | None:
    """The columns in a row of headers; None where it is none: a source and a target are needed.

    Where no header is known to be the target's, it is the first that is not known to be anything.
    """
    rules = packaged_rules("isco.crosswalk.rules", "columns")
    keys = [header_key(cell) for cell in cells]
    places = _named(keys, wanted)
    for role in _ROLES:
        if role not in places:
            taken = set(places.values())
            place = _first(keys, rules[role], taken)
            if place is not None:
                places[role] = place
    source, target = places.get("source"), places.get("target")
    if source is None:
        return None
    is_clear = target is not None
    if target is None:
        target = _unknown(keys, rules, set(places.values()))
    if target is None:
        return None
    return Columns(
        source,
        target,
        re.sub(r" (code|id|uri)$", "", keys[target]),
        any(re.fullmatch(rule, keys[target]) for rule in rules["scales"]),
        places.get("source label"),
        places.get("target label"),
        places.get("relation"),
        places.get("weight"),
        target < source,
        is_clear,
    )


def _named(keys: Sequence[str], wanted: WantedColumns) -> dict[str, int]:
    found = {}
    asked = {"source": wanted.source, "target": wanted.target, "target label": wanted.label}
    for role, header in asked.items():
        if header is not None and header_key(header) in keys:
            found[role] = keys.index(header_key(header))
    return found


def _first(keys: Sequence[str], rules: Sequence[str], taken: set[int]) -> int | None:
    for rule in rules:
        for place, key in enumerate(keys):
            if place not in taken and re.fullmatch(rule, key):
                return place
    return None


def _unknown(
    keys: Sequence[str], rules: Mapping[str, Sequence[str]], taken: set[int]
) -> int | None:
    for place, key in enumerate(keys):
        other = any(re.fullmatch(rule, key) for rule in rules["other"])
        if key and place not in taken and not other:
            return place
    return None
