"""Concepts to leaves, and leaves to the texts that are embedded. Pure.

Besides the taxonomy's leaves two kinds of concepts are made searchable, because ads use their
names: occupations that have narrower ones, and the unit groups with their titles and the example
occupations that their descriptions list. Every language of the taxonomy has concepts of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from string import Formatter

from isco.core.codes import ancestors
from isco.core.errors import ConfigError
from isco.core.records import Concept, GroupNote, Kind
from isco.ingest.cleaning import (
    clean_description,
    clean_group,
    clean_group_title,
    clean_label,
    published_note,
)
from isco.ingest.sources.base import LocalText, SourceConcept
from isco.ingest.taxonomy import Taxonomy

_NAMELESS = LocalText("")
TEMPLATE_FIELDS = ("label", "alt_labels", "description", "isco_label")


def searchable_leaves(taxonomy: Taxonomy) -> list[Concept]:
    """Every concept that is searched, language by language: unit groups by code, then occupations
    in source order.

    An occupation without a name in a language is left out of it; a unit group has its name in the
    main language then, so that each code can be reached in each language. In languages that have
    everyday names alone there are unit groups that have some.
    """
    groups, occupations = taxonomy.unit_groups(), list(taxonomy.occupations.values())
    notes = _notes_of(taxonomy)
    leaves = [_group_leaf(taxonomy, group, notes[group.isco_code]) for group in groups]
    leaves += [_occupation_leaf(taxonomy, occupation) for occupation in occupations]
    main = {leaf.uri: leaf for leaf in leaves}
    for language, texts in taxonomy.source.further.items():
        notes = _notes_of(taxonomy, texts)
        leaves += [
            _local_group(
                main[group.uri], texts.get(group.uri, _NAMELESS), language, notes[group.isco_code]
            )
            for group in groups
        ]
        leaves += [
            _local_occupation(main[occupation.uri], texts[occupation.uri], language)
            for occupation in occupations
            if occupation.uri in texts
        ]
    for language, texts in taxonomy.source.everyday.items():
        named = (group.uri for group in groups if group.uri in texts)
        leaves += [_local_group(main[uri], texts[uri], language, ()) for uri in named]
    return leaves


def group_tasks(taxonomy: Taxonomy) -> dict[str, str]:
    """The task lists of the unit groups' descriptions, in the main language, by code."""
    return {
        group.isco_code: clean_group(group.description).tasks for group in taxonomy.unit_groups()
    }


def compared_names(leaf: Concept, embed: str) -> tuple[str, ...]:
    """The names of a leaf that are embedded: all that it is searched by, or, of `embed`
    "main_labels", what it is called first in the main language."""
    return leaf.searched_names if embed == "all" else (leaf.main_label,)


def document_text(leaf: Concept, template: str) -> str:
    """The text that stands for a leaf as a whole.

    `template` names fields of the leaf in braces: "{label}. {description}". A leaf without a
    description is given its label, and so is an empty text. Raises ConfigError on another field.
    """
    check_template(template)
    values = {
        "label": leaf.label,
        "alt_labels": ", ".join(leaf.alt_labels),
        "description": leaf.description or leaf.label,
        "isco_label": leaf.isco_label,
    }
    return template.format(**values).strip() or leaf.label


def check_template(template: str) -> None:
    """Raise ConfigError when a document template can't be filled."""
    try:
        names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
        if names and all(name in TEMPLATE_FIELDS for name in names):
            template.format(**dict.fromkeys(TEMPLATE_FIELDS, ""))
            return
    except (ValueError, LookupError) as error:
        raise ConfigError(f"taxonomy.document {template!r} is no template: {error}") from error
    raise ConfigError(
        f"taxonomy.document {template!r} must name fields in braces, each one of "
        f"{', '.join(TEMPLATE_FIELDS)}"
    )


def _notes_of(
    taxonomy: Taxonomy, texts: Mapping[str, LocalText] | None = None
) -> dict[str, tuple[GroupNote, ...]]:
    """What is published of groups, by the unit group that has it: that one, and those above of
    which it is the first. In the words of `texts`, those that have a title there; in the main
    language without."""
    said: set[str] = set()
    found: dict[str, tuple[GroupNote, ...]] = {}
    for unit in taxonomy.unit_groups():
        codes = [code for code in (unit.isco_code, *ancestors(unit.isco_code)) if code not in said]
        said.update(codes)
        groups = {code: taxonomy.groups[code] for code in codes}
        worded: Iterable[tuple[str, SourceConcept | LocalText]] = groups.items()
        if texts is not None:
            worded = [(code, texts.get(group.uri, _NAMELESS)) for code, group in groups.items()]
        notes = (published_note(code, text.label, text.description) for code, text in worded)
        found[unit.isco_code] = tuple(note for note in notes if note.title)
    return found


def _group_leaf(taxonomy: Taxonomy, group: SourceConcept, notes: tuple[GroupNote, ...]) -> Concept:
    text = clean_group(group.description)
    names = (clean_group_title(group.label), *group.alt_labels, *text.examples)
    return replace(_leaf(taxonomy, group, names, text.definition, Kind.GROUP), notes=notes)


def _occupation_leaf(taxonomy: Taxonomy, concept: SourceConcept) -> Concept:
    description = clean_description(concept.description)
    names = (concept.label, *concept.alt_labels)
    leaf = _leaf(taxonomy, concept, names, description, Kind.INNER)
    return replace(leaf, notation=concept.notation)


def _local_group(
    group: Concept, text: LocalText, language: str, notes: tuple[GroupNote, ...]
) -> Concept:
    names = (clean_group_title(text.label), *text.alt_labels)
    local = _local(group, names, "", language)
    return replace(local, listed_names=text.listed_names, notes=notes)


def _local_occupation(occupation: Concept, text: LocalText, language: str) -> Concept:
    description = " ".join(text.description.split())
    local = _local(occupation, (text.label, *text.alt_labels), description, language)
    return replace(local, listed_names=text.listed_names)


def _local(main: Concept, names: Iterable[str], description: str, language: str) -> Concept:
    """`main` as a concept of another language."""
    label, *others = list(_distinct(names)) or [main.label]
    return replace(
        main,
        label=label,
        alt_labels=tuple(others),
        description=description,
        language=language,
        everyday_names=(),
    )


def _leaf(
    taxonomy: Taxonomy,
    concept: SourceConcept,
    names: Iterable[str],
    description: str,
    otherwise: Kind,
) -> Concept:
    """`otherwise` is what a concept is that has narrower ones."""
    code = concept.isco_code
    label, *others = _distinct(names)
    return Concept(
        uri=concept.uri,
        label=label,
        isco_code=code,
        isco_label=clean_label(taxonomy.groups[code].label),
        isco_major=taxonomy.group_title(code[:1]),
        isco_sub_major=taxonomy.group_title(code[:2]),
        isco_minor=taxonomy.group_title(code[:3]),
        alt_labels=tuple(others),
        description=description,
        language=taxonomy.source.language,
        taxonomy_version=taxonomy.source.version,
        kind=Kind.LEAF if taxonomy.is_leaf(concept.uri) else otherwise,
        essential_skills=tuple(map(clean_label, concept.essential_skills)),
        optional_skills=tuple(map(clean_label, concept.optional_skills)),
        main_label=label,
        everyday_names=tuple(_distinct(concept.everyday_names)),
        listed_names=concept.listed_names,
    )


def _distinct(labels: Iterable[str]) -> Iterator[str]:
    """Clean labels in order; those that differ in case alone once."""
    seen: set[str] = set()
    for label in map(clean_label, labels):
        if label and label.casefold() not in seen:
            seen.add(label.casefold())
            yield label
