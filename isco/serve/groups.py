"""The taxonomy as a tree of ISCO's groups, in one of its languages. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from isco.core.codes import UNIT_LEVEL, ancestors, level, parent
from isco.core.records import Concept, GroupNote

_GROUP_URI = "/isco/C"


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation of a unit group, or another name that ads are found by."""

    uri: str
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group of one to four digits. `label_language` is that of its label.

    `definition` and `tasks` say what it is, `excludes` which jobs are classified elsewhere. Of a
    unit group, `examples` are jobs that belong to it, `occupations` those of the taxonomy.
    """

    code: str
    label: str
    label_language: str
    parent: str | None
    definition: str = ""
    tasks: str = ""
    excludes: tuple[str, ...] = ()
    note: str = ""
    examples: tuple[str, ...] = ()
    occupations: tuple[Occupation, ...] = ()
    children: tuple[str, ...] = ()

    @property
    def level(self) -> int:
        """Digits of its code."""
        return level(self.code)


@dataclass
class _Found:
    label: str
    language: str
    definition: str = ""
    tasks: str = ""
    excludes: tuple[str, ...] = ()
    note: str = ""
    examples: tuple[str, ...] = ()
    occupations: list[Occupation] = field(default_factory=list)
    children: set[str] = field(default_factory=set)


class GroupTree:
    """All groups of a taxonomy by code."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        self._groups = groups

    @staticmethod
    def of(main: Iterable[Concept], local: Iterable[Concept] = ()) -> "GroupTree":
        """Of the concepts in the main language, in words of another language where `local` are
        the concepts in that."""
        found: dict[str, _Found] = {}
        main = list(main)
        for concept in main:
            for code, title in concept.group_titles.items():
                found.setdefault(code, _Found(title, concept.language))
        for concept in main:
            _add(concept, found)
        said = list(local)
        for code in {concept.isco_code for concept in said}:
            found[code].occupations = []
        for concept in said:
            _add(concept, found)
        for concept in (*main, *said):
            for note in concept.notes:
                _say(note, concept.language, found[note.code])
        for code in found:
            if (above := parent(code)) is not None:
                found[above].children.add(code)
        return GroupTree({code: _group(code, found[code]) for code in sorted(found)})

    def get(self, code: str) -> Group | None:
        """The group of that code, if there is one."""
        return self._groups.get(code)

    def children(self, code: str | None) -> list[Group]:
        """The groups right below a group; the major groups for None."""
        if code is None:
            return [group for group in self._groups.values() if group.parent is None]
        group = self._groups.get(code)
        return [self._groups[child] for child in group.children] if group else []

    def unit_groups(self) -> list[Group]:
        """Those of four digits, by code."""
        return [group for group in self._groups.values() if group.level == UNIT_LEVEL]

    def above(self, code: str) -> list[Group]:
        """The groups that a group is in, the major group first."""
        return [self._groups[each] for each in reversed(ancestors(code)) if each in self._groups]

    def as_dict(self, group: Group) -> dict[str, Any]:
        """A group as plain JSON types, its children and the groups above it with their labels."""
        return {
            **asdict(group),
            "level": group.level,
            "above": [_named(each) for each in self.above(group.code)],
            "children": [_named(each) for each in self.children(group.code)],
        }


def _add(concept: Concept, found: Mapping[str, _Found]) -> None:
    """Let a concept say what it has to of its unit group."""
    group = found[concept.isco_code]
    if not concept.uri.endswith(f"{_GROUP_URI}{concept.isco_code}"):
        group.occupations.append(Occupation(concept.uri, concept.label, concept.description))
        return
    group.label, group.language = concept.label, concept.language
    group.definition = concept.description or group.definition
    group.examples = concept.alt_labels or group.examples


def _say(note: GroupNote, language: str, group: _Found) -> None:
    """Let a group be what is published of it; what is not in another language stays."""
    group.label, group.language = note.title, language
    group.definition = note.definition or group.definition
    group.tasks = note.tasks or group.tasks
    group.excludes = note.excludes or group.excludes
    group.note = note.note or group.note


def _group(code: str, found: _Found) -> Group:
    return Group(
        code=code,
        label=found.label,
        label_language=found.language,
        parent=parent(code),
        definition=found.definition,
        tasks=found.tasks,
        excludes=found.excludes,
        note=found.note,
        examples=found.examples,
        occupations=tuple(sorted(found.occupations, key=lambda each: each.label.casefold())),
        children=tuple(sorted(found.children)),
    )


def _named(group: Group) -> dict[str, str]:
    return {"code": group.code, "label": group.label}
