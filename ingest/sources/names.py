"""More names for the concepts of a taxonomy, the project's own everyday ones among them. Pure."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from isco.core.codes import UNIT_LEVEL, level
from isco.core.names import name_key
from isco.ingest.cleaning import clean_label
from isco.ingest.sources.base import ListedNames, LocalText, SourceConcept, SourceTaxonomy


@dataclass(frozen=True, slots=True)
class ExtraName:
    """A name of the concept `uri`, or of the unit group `code`; in the main language without one.

    `line` is where it stands, 0 where there is no file; `subdivided` says that the code may be a
    national one, whose first digits are those of the unit group.
    """

    name: str
    code: str = ""
    uri: str = ""
    language: str | None = None
    line: int = 0
    subdivided: bool = False


@dataclass
class MoreNames:
    """Names to come in one language: those `added`, and all that a list has (`listed`), by URI;
    `taken` are the unit groups of names that no other one is to keep."""

    added: dict[str, list[str]]
    listed: dict[str, list[str]]
    taken: dict[str, set[str]]

    @staticmethod
    def none() -> "MoreNames":
        """To be filled."""
        return MoreNames({}, {}, {})


def joined(
    taxonomy: SourceTaxonomy, more: Mapping[str, MoreNames], origin: str, content: str
) -> SourceTaxonomy:
    """`taxonomy` with more names by language, after its own; `content` is what its checksum is to
    follow."""
    main = more[taxonomy.language]
    code_of = {concept.uri: concept.isco_code for concept in taxonomy.occupations}
    code_of |= {uri: code for code, uri in unit_uris(taxonomy).items()}
    return replace(
        taxonomy,
        groups=_named(taxonomy.groups, main, origin),
        occupations=_named(taxonomy.occupations, main, origin),
        further={
            language: _texts(texts, code_of, more[language], origin)
            for language, texts in taxonomy.further.items()
        },
        checksum=hashlib.sha256(f"{taxonomy.checksum} {content}".encode()).hexdigest(),
    )


def unit_uris(taxonomy: SourceTaxonomy) -> dict[str, str]:
    """The URIs of the unit groups by their codes."""
    return {g.isco_code: g.uri for g in taxonomy.groups if level(g.isco_code) == UNIT_LEVEL}


def content_of(names: Iterable[ExtraName]) -> str:
    """What tells names from others."""
    return repr([(n.name, n.code, n.uri, n.language) for n in names])


def with_everyday_names(taxonomy: SourceTaxonomy, names: Sequence[ExtraName]) -> SourceTaxonomy:
    """`taxonomy` with the project's own job titles, as names of its unit groups.

    In the main language they stand beside the names that are searched: a full taxonomy has names
    enough, and ads with a text lose by more (docs/decisions/0010). In a language that the taxonomy
    lacks they are all that there is.
    """
    main = [name for name in names if name.language == taxonomy.language]
    others = [name for name in names if name.language != taxonomy.language]
    by_code: dict[str, list[str]] = {}
    for name in main:
        by_code.setdefault(name.code, []).append(name.name)
    units = unit_uris(taxonomy)
    more = {language: MoreNames.none() for language in taxonomy.languages}
    everyday: dict[str, dict[str, list[str]]] = {}
    for name in others:
        if name.language and name.code in units:
            known = more.get(name.language)
            of_language = known.added if known else everyday.setdefault(name.language, {})
            of_language.setdefault(units[name.code], []).append(name.name)
    named = joined(taxonomy, more, "", content_of(others))
    return replace(
        named,
        groups=tuple(
            replace(group, everyday_names=tuple(by_code.get(group.isco_code, ())))
            for group in named.groups
        ),
        everyday={
            language: {uri: LocalText(names[0], tuple(names[1:])) for uri, names in of_it.items()}
            for language, of_it in everyday.items()
        },
        checksum=hashlib.sha256(f"{named.checksum} {by_code}".encode()).hexdigest(),
    )


def _named(
    concepts: Iterable[SourceConcept], more: MoreNames, origin: str
) -> tuple[SourceConcept, ...]:
    return tuple(
        replace(
            concept,
            alt_labels=(
                *_kept(concept.alt_labels, concept.isco_code, more.taken),
                *more.added.get(concept.uri, ()),
            ),
            listed_names=_listed(concept.listed_names, origin, more.listed.get(concept.uri)),
        )
        for concept in concepts
    )


def _texts(
    texts: Mapping[str, LocalText], code_of: Mapping[str, str], more: MoreNames, origin: str
) -> dict[str, LocalText]:
    """A concept without a text in the language is called by the first of its names."""
    named = {
        uri: replace(text, alt_labels=_kept(text.alt_labels, code_of.get(uri, ""), more.taken))
        for uri, text in texts.items()
    }
    for uri, names in more.added.items():
        known = named.get(uri)
        named[uri] = (
            replace(known, alt_labels=(*known.alt_labels, *names))
            if known
            else LocalText(names[0], tuple(names[1:]))
        )
    for uri, names in more.listed.items():
        text = named[uri]
        named[uri] = replace(text, listed_names=_listed(text.listed_names, origin, names))
    return named


def _kept(names: Sequence[str], code: str, taken: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The names but those that are taken for other unit groups than `code`."""
    return tuple(name for name in names if code in taken.get(name_key(clean_label(name)), {code}))


def _listed(before: ListedNames, origin: str, titles: Sequence[str] | None) -> ListedNames:
    return (*before, (origin, tuple(dict.fromkeys(titles)))) if titles else before
