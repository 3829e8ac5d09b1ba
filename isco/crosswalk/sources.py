"""Which occupation or group of the taxonomy in use a row of a table speaks of. Pure.

Versions of ESCO differ. A URI that the taxonomy does not have, and a code of ESCO in its place, are
told by the label beside them: by what an occupation is called first, or else by any of its names,
where these are one occupation's alone. What is left is counted.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from isco.core.codes import UNIT_LEVEL
from isco.core.names import name_key
from isco.core.records import Concept, Kind
from isco.crosswalk.links import Link

_GROUP = re.compile(r"(?:https?://data\.europa\.eu/esco/isco/)?C?(\d{1,4})(?:\.0+)?", re.ASCII)
_ESCO_CODE = re.compile(r"(\d{4})(\.\d+)+", re.ASCII)


class How(StrEnum):
    """By what a source was told."""

    KNOWN = "known"
    NAME = "name"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Source:
    """The occupation `uri`, or the group `isco_code` of one to four digits; neither where it is
    missing from the taxonomy."""

    how: How
    uri: str | None = None
    isco_code: str | None = None


_MISSING = Source(How.MISSING)


@dataclass(frozen=True)
class Taxonomy:
    """The occupations of the taxonomy in use: unit groups by URI, URIs by what they are called
    first and by any name, in all its languages; `groups` are the codes of all levels."""

    units: Mapping[str, str]
    first_names: Mapping[str, frozenset[str]]
    names: Mapping[str, frozenset[str]]
    groups: frozenset[str]

    @staticmethod
    def of(concepts: Iterable[Concept]) -> "Taxonomy":
        """The one that has those concepts, in whichever languages."""
        units: dict[str, str] = {}
        first: dict[str, set[str]] = {}
        names: dict[str, set[str]] = {}
        groups: set[str] = set()
        for concept in concepts:
            groups |= concept.group_titles.keys()
            if concept.kind == Kind.GROUP:
                continue
            units[concept.uri] = concept.isco_code
            first.setdefault(name_key(concept.label), set()).add(concept.uri)
            for name in concept.labels:
                names.setdefault(name_key(name), set()).add(concept.uri)
        return Taxonomy(units, _frozen(first), _frozen(names), frozenset(groups))

    def source(self, link: Link) -> Source:
        """What a link speaks of."""
        if link.source in self.units:
            return Source(How.KNOWN, uri=link.source)
        if group := _GROUP.fullmatch(link.source):
            code = self._group(group[1])
            return Source(How.KNOWN, isco_code=code) if code else _MISSING
        within = _ESCO_CODE.fullmatch(link.source)
        uri = self._called(link.source_label, within[1] if within else None)
        return Source(How.NAME, uri=uri) if uri else _MISSING

    def _group(self, code: str) -> str | None:
        """The group, also where a table fills up shorter codes with zeros ("2100" is 21), or where
        a spreadsheet dropped the zero before one ("110" is 0110)."""
        forms = (code, f"0{code}" if len(code) < UNIT_LEVEL else code, code.rstrip("0"))
        return next((form for form in forms if form in self.groups), None)

    def _called(self, label: str, group: str | None) -> str | None:
        """The one occupation of that name; of several that in the unit group."""
        for key in dict.fromkeys(map(name_key, (label, *label.split("/")))):
            if not key:
                continue
            for known in (self.first_names, self.names):
                found = known.get(key, frozenset())
                if len(found) > 1 and group:
                    found = frozenset(uri for uri in found if self.units[uri] == group)
                if len(found) == 1:
                    return next(iter(found))
        return None


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(found) for key, found in sets.items()}
