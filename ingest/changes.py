"""What a new taxonomy changes against the one in use, concept by concept. Pure.

Concepts are the same when their URIs are. Compared is what is searched: names as they are
cleaned, descriptions without what they say of others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from isco.core.records import Concept, Kind

OCCUPATIONS, UNIT_GROUPS = "occupations", "unit_groups"
SUBJECTS = (OCCUPATIONS, UNIT_GROUPS)
ADDED, REMOVED, RENAMED = "added", "removed", "renamed"
MOVED, DESCRIBED, NAMED = "moved", "description_changed", "other_names_changed"
ASPECTS = (ADDED, REMOVED, RENAMED, MOVED, DESCRIBED, NAMED)


@dataclass(frozen=True, slots=True)
class Change:
    """One concept that changed in one aspect.

    `label` and `isco_code` are those of today, for removed concepts the last ones. `before` and
    `after` are the two titles, unit groups ("2512 Software developers"), descriptions, or the
    names that went and came, each on a line; both are None for what was added or removed.
    """

    uri: str
    label: str
    isco_code: str
    isco_label: str
    before: str | None = None
    after: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, without what does not apply."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Changes:
    """From the taxonomy `before` to `after`, both with version and language.

    `found` maps subject ("occupations") and aspect ("renamed") to the changes, by code and
    label. `new_texts` counts distinct texts that the collection in use does not hold, and
    `known_texts` the others; with the same model only the new ones are embedded. Between two
    main languages texts are not compared: `same_language` is False, and those aspects are empty.
    Where further languages come or go (`languages_added`, `languages_removed`), names are compared
    in the main language alone: that each concept has names in a new one is no news of a concept.
    """

    before: str
    after: str
    same_language: bool
    languages_added: tuple[str, ...]
    languages_removed: tuple[str, ...]
    new_texts: int
    known_texts: int
    found: Mapping[str, Mapping[str, tuple[Change, ...]]] = field(default_factory=dict)

    def of(self, subject: str, aspect: str) -> tuple[Change, ...]:
        """The changes of that kind."""
        return self.found[subject][aspect]

    @property
    def total(self) -> int:
        """Changes of all kinds."""
        return sum(len(self.of(subject, aspect)) for subject in SUBJECTS for aspect in ASPECTS)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types: counts, then the lists behind them."""
        return {
            "from": self.before,
            "to": self.after,
            "same_language": self.same_language,
            "languages_added": list(self.languages_added),
            "languages_removed": list(self.languages_removed),
            "new_texts": self.new_texts,
            "known_texts": self.known_texts,
            "counts": {
                subject: {aspect: len(self.of(subject, aspect)) for aspect in ASPECTS}
                for subject in SUBJECTS
            },
            **{
                subject: {
                    aspect: [change.as_dict() for change in self.of(subject, aspect)]
                    for aspect in ASPECTS
                }
                for subject in SUBJECTS
            },
        }


def compare(
    before: str,
    after: str,
    old: Sequence[Concept],
    new: Sequence[Concept],
    old_texts: Iterable[str],
    new_texts: Iterable[str],
) -> Changes:
    """What leads from the leaves `old` of the taxonomy `before` to the leaves `new` of `after`.

    `old_texts` and `new_texts` are the texts embedded for either.
    """
    had, has = _languages(old), _languages(new)
    same_language = had[:1] == has[:1]
    known, wanted = set(old_texts), set(new_texts)
    return Changes(
        before=before,
        after=after,
        same_language=same_language,
        languages_added=tuple(code for code in has if code not in had),
        languages_removed=tuple(code for code in had if code not in has),
        new_texts=len(wanted - known),
        known_texts=len(wanted & known),
        found={
            subject: _compare(_by_uri(old, subject), _by_uri(new, subject), same_language)
            for subject in SUBJECTS
        },
    )


def _languages(leaves: Sequence[Concept]) -> tuple[str, ...]:
    return leaves[0].languages if leaves else ()


def _by_uri(leaves: Iterable[Concept], subject: str) -> dict[str, Concept]:
    return {leaf.uri: leaf for leaf in leaves if _is_group(leaf) == (subject == UNIT_GROUPS)}


def _is_group(leaf: Concept) -> bool:
    """Whether a searchable concept is a unit group, which without occupations is a leaf as well."""
    name = leaf.uri.rsplit("/", 1)[-1]
    return leaf.kind is Kind.GROUP or name == f"C{leaf.isco_code}"


def _compare(
    old: Mapping[str, Concept], new: Mapping[str, Concept], same_language: bool
) -> dict[str, tuple[Change, ...]]:
    found: dict[str, list[Change]] = {aspect: [] for aspect in ASPECTS}
    found[ADDED] = [_change(leaf) for uri, leaf in new.items() if uri not in old]
    found[REMOVED] = [_change(leaf) for uri, leaf in old.items() if uri not in new]
    for uri in old.keys() & new.keys():
        for aspect, was, now in _differences(old[uri], new[uri]):
            if aspect == MOVED or same_language:
                found[aspect].append(_change(new[uri], was, now))
    return {
        aspect: tuple(sorted(changes, key=lambda c: (c.isco_code, c.label, c.uri)))
        for aspect, changes in found.items()
    }


def _differences(old: Concept, new: Concept) -> Iterator[tuple[str, str, str]]:
    """(aspect, before, after) of one concept, for each aspect in which it changed."""
    if old.label != new.label:
        yield RENAMED, old.label, new.label
    if old.isco_code != new.isco_code:
        yield MOVED, _group_title(old), _group_title(new)
    if old.description != new.description:
        yield DESCRIBED, old.description, new.description
    alike = set(old.languages) == set(new.languages)
    gone = [name for name in _other_names(old, alike) if name not in new.labels]
    come = [name for name in _other_names(new, alike) if name not in old.labels]
    if gone or come:
        yield NAMED, "\n".join(gone), "\n".join(come)


def _other_names(leaf: Concept, in_all_languages: bool) -> tuple[str, ...]:
    return leaf.labels[1:] if in_all_languages else leaf.alt_labels


def _group_title(leaf: Concept) -> str:
    return f"{leaf.isco_code} {leaf.isco_label}"


def _change(leaf: Concept, before: str | None = None, after: str | None = None) -> Change:
    return Change(leaf.uri, leaf.label, leaf.isco_code, leaf.isco_label, before, after)
