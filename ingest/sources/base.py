"""What every source delivers: the concepts as published, and the relations between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceConcept:
    """An ISCO group or an occupation as its source has it, texts not yet cleaned.

    `isco_code` is the group's own code, or the unit group of an occupation. All texts are in the
    source's main language. Skills are titles, in alphabetical order; a source that knows none has
    none. `everyday_names` are known besides, and not searched.
    """

    uri: str
    isco_code: str
    label: str
    alt_labels: tuple[str, ...] = ()
    description: str = ""
    essential_skills: tuple[str, ...] = ()
    optional_skills: tuple[str, ...] = ()
    everyday_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalText:
    """What a concept is called, and how it is described, in one more language; not yet cleaned."""

    label: str
    alt_labels: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class SourceTaxonomy:
    """A taxonomy as read. `broader` holds (narrower URI, broader URI) pairs.

    `language` is the code of the main language, and decides what there is: concepts, codes,
    relations. `further` has, by language and then by URI, what the same concepts are called in
    others.
    `warnings` maps what was met and mended ("duplicate occupation rows") to how often.
    `checksum` is a SHA-256 over the files read: it changes when the source does.
    """

    name: str
    version: str
    language: str
    groups: tuple[SourceConcept, ...]
    occupations: tuple[SourceConcept, ...]
    broader: tuple[tuple[str, str], ...]
    checksum: str
    further: Mapping[str, Mapping[str, LocalText]] = field(default_factory=dict)
    notice: str | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        """All of them, the main one first."""
        return (self.language, *self.further)
