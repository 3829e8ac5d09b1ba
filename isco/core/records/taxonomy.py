"""What the taxonomy says: its concepts, and the ISCO groups above them."""

from dataclasses import dataclass
from enum import StrEnum

from isco.core.names import name_key

LANGUAGE_SEPARATOR = ","


class Kind(StrEnum):
    """Where a searchable concept stands in the taxonomy."""

    LEAF = "leaf"
    INNER = "inner occupation"
    GROUP = "unit group"


@dataclass(frozen=True, slots=True)
class GroupNote:
    """What the taxonomy says of an ISCO group, as it was published: for people, never embedded.

    `excludes` are the jobs that it names as classified elsewhere, one each.
    """

    code: str
    title: str
    definition: str = ""
    tasks: str = ""
    excludes: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """One searchable concept of the taxonomy, with the ISCO-08 groups above it.

    `isco_major`, `isco_sub_major` and `isco_minor` are "code title" ("2 Professionals").
    `alt_labels` are its other names, `label` not among them. `description` is clean: it says
    only what the concept is, never what it is not. Not every searchable concept is a leaf of the
    taxonomy's graph: `kind` tells. Skills are for people and for prompts; they are not embedded.

    Every language of a taxonomy has concepts of its own: `label`, `alt_labels` and `description`
    are in `language`. The titles of the groups are in the taxonomy's main language, and so is
    `main_label`, what the concept is called there. `everyday_names` are what ads call it, too; they
    decide where they are an ad's title to the letter, and are searched for titles without a text.
    `listed_names` are what lists of titles call it, list by list; where one is known under its
    code, it is no further name. A unit group's own concept has `notes` of it, and of the groups
    above in which it is the first; an occupation has its own code in the source as its `notation`.
    """

    uri: str
    label: str
    isco_code: str
    isco_label: str
    isco_major: str
    isco_sub_major: str
    isco_minor: str
    alt_labels: tuple[str, ...]
    description: str
    language: str
    taxonomy_version: str
    kind: Kind
    essential_skills: tuple[str, ...] = ()
    optional_skills: tuple[str, ...] = ()
    main_label: str = ""
    everyday_names: tuple[str, ...] = ()
    listed_names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    notes: tuple[GroupNote, ...] = ()
    notation: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """All names, the preferred one first."""
        return (self.label, *self.alt_labels)

    @property
    def searched_names(self) -> tuple[str, ...]:
        """All names, then those everyday ones that are none of them, for bare titles alone."""
        own = set(map(name_key, self.labels))
        return (*self.labels, *(name for name in self.everyday_names if name_key(name) not in own))

    @property
    def group_titles(self) -> dict[str, str]:
        """The titles of the four groups that it is in, by their codes."""
        above = (self.isco_major, self.isco_sub_major, self.isco_minor)
        parted = (group.partition(" ") for group in above)
        return {self.isco_code: self.isco_label} | {code: title for code, _, title in parted}
