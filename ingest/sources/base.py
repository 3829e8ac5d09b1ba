"""What every source delivers: the concepts as published, and the relations between them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# Names that lists have for a concept, list by list.
ListedNames = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class SourceConcept:
    """An ISCO group or an occupation as its source has it, texts not yet cleaned.

    `isco_code` is the group's own code, or the unit group of an occupation. All texts are in the
    source's main language. Skills are titles, in alphabetical order; a source that knows none has
    none. `everyday_names` are known besides, and not searched. `notation` is ESCO's own code of an
    occupation, such as 7126.1.
    """

    uri: str
    isco_code: str
    label: str
    alt_labels: tuple[str, ...] = ()
    description: str = ""
    essential_skills: tuple[str, ...] = ()
    optional_skills: tuple[str, ...] = ()
    everyday_names: tuple[str, ...] = ()
    listed_names: ListedNames = ()
    notation: str = ""


@dataclass(frozen=True, slots=True)
class LocalText:
    """What a concept is called, and how it is described, in one more language; not yet cleaned."""

    label: str
    alt_labels: tuple[str, ...] = ()
    description: str = ""
    listed_names: ListedNames = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A title that a list has under one code, and the taxonomy under others."""

    title: str
    isco_code: str
    taxonomy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameList:
    """What became of the `titles` of a list: so many `added`, so many `known` under that code
    before; the `contradictions` went by what was preferred. `repaired` codes had lost their zero,
    `unknown` ones name no unit group."""

    name: str
    titles: int
    added: int
    known: int
    repaired: int
    contradictions: tuple[Contradiction, ...]
    preferred: str
    unknown: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            **asdict(self),
            "contradictions": [
                {**asdict(each), "taxonomy": list(each.taxonomy)} for each in self.contradictions
            ],
            "unknown": list(self.unknown),
        }


@dataclass(frozen=True, slots=True)
class SourceTaxonomy:
    """A taxonomy as read. `broader` holds (narrower URI, broader URI) pairs.

    `language` is the code of the main language, and decides what there is: concepts, codes,
    relations. `further` has, by language and then by URI, what the same concepts are called in
    others; `everyday` only what unit groups are called every day, in languages that are none of
    these.
    `warnings` maps what was met and mended ("duplicate occupation rows") to how often.
    `checksum` is a SHA-256 over the files read: it changes when the source does. `lists` are those
    whose names were added.
    """

    name: str
    version: str
    language: str
    groups: tuple[SourceConcept, ...]
    occupations: tuple[SourceConcept, ...]
    broader: tuple[tuple[str, str], ...]
    checksum: str
    further: Mapping[str, Mapping[str, LocalText]] = field(default_factory=dict)
    everyday: Mapping[str, Mapping[str, LocalText]] = field(default_factory=dict)
    notice: str | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)
    lists: tuple[NameList, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """All of them, the main one first."""
        return (self.language, *self.further)
