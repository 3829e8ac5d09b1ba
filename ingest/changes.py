"""What a new taxonomy changes against the one in use, concept by concept. Pure.

Concepts are the same when their URIs are. Compared is what is searched: names as they are
cleaned, descriptions without what they say of others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from isco.core.names import name_key
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
    `language` is that of the texts where it is not the main one.
    """

    uri: str
    label: str
    isco_code: str
    isco_label: str
    before: str | None = None
    after: str | None = None
    language: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, without what does not apply."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ListChange:
    """A list of titles that comes, goes or has others than before: how many it had and has, how
    many of these came and went."""

    name: str
    before: int
    after: int
    came: int
    went: int

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class Changes:
    """From the taxonomy `before` to `after`, both with version and language.

    `found` maps subject ("occupations") and aspect ("renamed") to the changes, by code and
    label. `new_texts` counts distinct texts that the collection in use does not hold, and
    `known_texts` the others; with the same model only the new ones are embedded. Texts are compared
    in every language that both have: without one, `same_language` is False, and those aspects are
    empty. `languages_added` and `languages_removed` come and go as a whole. `lists` are those of
    titles that changed; their titles are among the other names as well, where they are such.
    """

    before: str
    after: str
    same_language: bool
    languages_added: tuple[str, ...]
    languages_removed: tuple[str, ...]
    new_texts: int
    known_texts: int
    found: Mapping[str, Mapping[str, tuple[Change, ...]]] = field(default_factory=dict)
    lists: tuple[ListChange, ...] = ()

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
            "lists": [change.as_dict() for change in self.lists],
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
    had: Sequence[str],
    has: Sequence[str],
    old: Sequence[Concept],
    new: Sequence[Concept],
    old_texts: Iterable[str],
    new_texts: Iterable[str],
) -> Changes:
    """What leads from the leaves `old` of the taxonomy `before` to the leaves `new` of `after`.

    `had` and `has` are the languages of either, the main one first; `old_texts` and `new_texts`
    the texts embedded for either.
    """
    shared = [code for code in has if code in had]
    known, wanted = set(old_texts), set(new_texts)
    return Changes(
        before=before,
        after=after,
        same_language=bool(shared),
        languages_added=tuple(code for code in has if code not in had),
        languages_removed=tuple(code for code in had if code not in has),
        new_texts=len(wanted - known),
        known_texts=len(wanted & known),
        found={
            subject: _compare(
                _ByLanguage(old, subject, had), _ByLanguage(new, subject, has), shared
            )
            for subject in SUBJECTS
        },
        lists=_changed_lists(_listed(old), _listed(new)),
    )


def listed_counts(leaves: Iterable[Concept]) -> dict[str, int]:
    """How many titles each list has, by its name."""
    return {name: len(titles) for name, titles in sorted(_listed(leaves).items())}


def _listed(leaves: Iterable[Concept]) -> dict[str, set[tuple[str, str, str]]]:
    """Language, code and title of what each list has."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for leaf in leaves:
        for name, titles in leaf.listed_names:
            rows = {(leaf.language, leaf.isco_code, name_key(title)) for title in titles}
            found.setdefault(name, set()).update(rows)
    return found


def _changed_lists(
    old: Mapping[str, set[tuple[str, str, str]]], new: Mapping[str, set[tuple[str, str, str]]]
) -> tuple[ListChange, ...]:
    changes = []
    for name in sorted({*old, *new}):
        was, now = old.get(name, set()), new.get(name, set())
        if was != now:
            changes.append(ListChange(name, len(was), len(now), len(now - was), len(was - now)))
    return tuple(changes)


class _ByLanguage:
    """Concepts by URI in each language; `main` are those of the main one."""

    def __init__(self, leaves: Iterable[Concept], subject: str, languages: Sequence[str]) -> None:
        self._found: dict[str, dict[str, Concept]] = {code: {} for code in languages}
        for leaf in leaves:
            # There are everyday names in other languages, too, which no source changes.
            if leaf.language in self._found and _is_group(leaf) == (subject == UNIT_GROUPS):
                self._found[leaf.language][leaf.uri] = leaf
        self.main = self._found[languages[0]]
        self.main_language = languages[0]

    def of(self, language: str) -> Mapping[str, Concept]:
        """Those of one language."""
        return self._found[language]


def _is_group(leaf: Concept) -> bool:
    """Whether a searchable concept is a unit group, which without occupations is a leaf as well."""
    name = leaf.uri.rsplit("/", 1)[-1]
    return leaf.kind is Kind.GROUP or name == f"C{leaf.isco_code}"


def _compare(
    old: _ByLanguage, new: _ByLanguage, languages: Sequence[str]
) -> dict[str, tuple[Change, ...]]:
    """What concepts there are, and in which groups, by the main languages; the rest by each."""
    found: dict[str, list[Change]] = {aspect: [] for aspect in ASPECTS}
    found[ADDED] = [_change(leaf) for uri, leaf in new.main.items() if uri not in old.main]
    found[REMOVED] = [_change(leaf) for uri, leaf in old.main.items() if uri not in new.main]
    for uri in old.main.keys() & new.main.keys():
        was, now = old.main[uri], new.main[uri]
        if was.isco_code != now.isco_code:
            found[MOVED].append(_change(now, _group_title(was), _group_title(now)))
    for language in languages:
        told = None if language == new.main_language else language
        before, after = old.of(language), new.of(language)
        for uri in before.keys() & after.keys():
            for aspect, was_text, now_text in _differences(before[uri], after[uri]):
                found[aspect].append(_change(after[uri], was_text, now_text, told))
    return {
        aspect: tuple(sorted(changes, key=lambda c: (c.isco_code, c.label, c.uri)))
        for aspect, changes in found.items()
    }


def _differences(old: Concept, new: Concept) -> Iterator[tuple[str, str, str]]:
    """(aspect, before, after) of a concept in one language, for each aspect that changed."""
    if old.label != new.label:
        yield RENAMED, old.label, new.label
    if old.description != new.description:
        yield DESCRIBED, old.description, new.description
    gone = [name for name in old.alt_labels if name not in new.labels]
    come = [name for name in new.alt_labels if name not in old.labels]
    if gone or come:
        yield NAMED, "\n".join(gone), "\n".join(come)


def _group_title(leaf: Concept) -> str:
    return f"{leaf.isco_code} {leaf.isco_label}"


def _change(
    leaf: Concept,
    before: str | None = None,
    after: str | None = None,
    language: str | None = None,
) -> Change:
    return Change(leaf.uri, leaf.label, leaf.isco_code, leaf.isco_label, before, after, language)
