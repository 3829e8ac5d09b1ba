"""What every source delivers: the concepts as published, and the relations between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceConcept:
    """An ISCO group or an occupation as its source has it, texts not yet cleaned.

    `isco_code` is the group's own code, or the unit group of an occupation. Skills are titles in
    the source's main language, in alphabetical order; a source that knows none has none.
    `further_names` are its names in the further languages, one language after another.
    """

    uri: str
    isco_code: str
    label: str
    alt_labels: tuple[str, ...] = ()
    description: str = ""
    essential_skills: tuple[str, ...] = ()
    optional_skills: tuple[str, ...] = ()
    further_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceTaxonomy:
    """A taxonomy as read. `broader` holds (narrower URI, broader URI) pairs.

    `language` is a code, or several, the main one first, with commas between ("en,pl").
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
    notice: str | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)
