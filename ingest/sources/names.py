"""More names for a taxonomy: those that an office keeps, national mapping tables, everyday ones.

A file of names is a CSV table with the columns `name`, `code` (an ISCO-08 unit group) or `uri` (an
ESCO concept), and `language` where it is not the main one. The mapping tables that national
services make for ESCO are taken as they are published: a preamble of keys and values, then a table
of occupations and national titles.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isco.core.codes import UNIT_LEVEL, level, parse_code
from isco.core.errors import InputError
from isco.ingest.cleaning import clean_label
from isco.ingest.sources.base import LocalText, SourceConcept, SourceTaxonomy

# A mapping's relation from the ESCO concept to the national one; a broader title is another's too.
_NO_NAME = ("broadmatch",)
_PREAMBLE = 40
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class ExtraName:
    """A name of the concept `uri`, or of the unit group `code`; in the main language without one.

    `line` is where it stands, 0 where there is no file.
    """

    name: str
    code: str = ""
    uri: str = ""
    language: str | None = None
    line: int = 0


def read_names(path: Path) -> list[ExtraName]:
    """The names of a file. InputError when it can't be read or has not the columns."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"can't read the names in {path}: {error}") from error
    rows: list[tuple[int, list[str]]] = []
    for delimiter in sorted(_DELIMITERS, key=text.count):
        try:
            rows = list(_rows(text, delimiter))
        except csv.Error as error:
            raise InputError(f"{path} is no CSV table: {error}") from error
        for number, (_, cells) in enumerate(rows[:_PREAMBLE]):
            columns = [" ".join(cell.casefold().split()) for cell in cells]
            if "name" in columns and {"code", "isco_code", "uri"} & set(columns):
                return list(_of_table(columns, rows[number + 1 :]))
            if (mapping := _mapping_columns(columns)) is not None:
                return list(_of_mapping(*mapping, rows[:number], rows[number + 1 :]))
    shown = ", ".join(rows[0][1]) if rows else "nothing"
    raise InputError(
        f"{path} has no columns name and code (or uri), and is no mapping table of ESCO: it "
        f"begins with {shown}"
    )


def with_names(taxonomy: SourceTaxonomy, names: Sequence[ExtraName], origin: str) -> SourceTaxonomy:
    """`taxonomy` with more names, after its own.

    A language that the taxonomy is not in is left out; that, and names of concepts that are not
    there, is counted in the warnings with the `origin`.
    """
    warnings = Counter(taxonomy.warnings)
    units = {g.isco_code: g.uri for g in taxonomy.groups if level(g.isco_code) == UNIT_LEVEL}
    concepts = {concept.uri: concept for concept in (*taxonomy.groups, *taxonomy.occupations)}
    added: dict[str, dict[str, list[str]]] = {language: {} for language in taxonomy.languages}
    for name in names:
        language = name.language or taxonomy.language
        uri = name.uri or units.get(name.code, "")
        if language not in added:
            warnings[f"names in {language!r}, which is not ingested ({origin})"] += 1
        elif uri not in concepts:
            warnings[f"names for a concept that is not there ({origin})"] += 1
        elif clean_label(name.name):
            added[language].setdefault(uri, []).append(name.name)
    content = repr([(n.name, n.code, n.uri, n.language) for n in names])
    main = added[taxonomy.language]
    return replace(
        taxonomy,
        groups=_named(taxonomy.groups, main),
        occupations=_named(taxonomy.occupations, main),
        further={
            language: _texts(texts, added[language]) for language, texts in taxonomy.further.items()
        },
        checksum=hashlib.sha256(f"{taxonomy.checksum} {content}".encode()).hexdigest(),
        warnings=dict(warnings),
    )


def with_everyday_names(taxonomy: SourceTaxonomy, names: Sequence[ExtraName]) -> SourceTaxonomy:
    """`taxonomy` with the project's own job titles, as names of its unit groups.

    In the main language they stand beside the names that are searched: a full taxonomy has names
    enough, and ads with a text lose by more (docs/decisions/0010).
    """
    main = [name for name in names if name.language == taxonomy.language]
    others = [name for name in names if name.language != taxonomy.language]
    by_code: dict[str, list[str]] = {}
    for name in main:
        by_code.setdefault(name.code, []).append(name.name)
    named = with_names(taxonomy, others, "everyday names")
    return replace(
        named,
        groups=tuple(
            replace(group, everyday_names=tuple(by_code.get(group.isco_code, ())))
            for group in named.groups
        ),
        checksum=hashlib.sha256(f"{named.checksum} {by_code}".encode()).hexdigest(),
    )


def _named(
    concepts: Iterable[SourceConcept], added: Mapping[str, Sequence[str]]
) -> tuple[SourceConcept, ...]:
    return tuple(
        replace(concept, alt_labels=(*concept.alt_labels, *added[concept.uri]))
        if concept.uri in added
        else concept
        for concept in concepts
    )


def _texts(
    texts: Mapping[str, LocalText], added: Mapping[str, Sequence[str]]
) -> dict[str, LocalText]:
    """A concept without a text in the language is called by the first of its names."""
    named = dict(texts)
    for uri, more in added.items():
        known = named.get(uri)
        named[uri] = (
            replace(known, alt_labels=(*known.alt_labels, *more))
            if known
            else LocalText(more[0], tuple(more[1:]))
        )
    return named


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    for cells in reader:
        yield reader.line_num, cells


def _of_table(
    columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]
) -> Iterator[ExtraName]:
    for line, cells in rows:
        row = dict(zip(columns, map(str.strip, cells), strict=False))
        code, uri = row.get("code") or row.get("isco_code") or "", row.get("uri", "")
        if "/" in code:
            code, uri = "", code
        if not row.get("name"):
            continue
        try:
            parsed = parse_code(code) if code else ""
        except ValueError:
            parsed = code
        yield ExtraName(row["name"], parsed, uri, row.get("language", "").lower() or None, line)


def _mapping_columns(columns: Sequence[str]) -> tuple[int, int, int | None] | None:
    """Where a mapping table has the ESCO concept, the national title and the relation."""

    def first(*words: str) -> int | None:
        return next((i for i, c in enumerate(columns) if all(word in c for word in words)), None)

    uri = first("classification 1", "uri")
    uri = first("classification 1", "id") if uri is None else uri
    title = first("classification 2", "label")
    return None if uri is None or title in (None, uri) else (uri, title, first("relation"))


def _of_mapping(
    uri: int,
    title: int,
    relation: int | None,
    preamble: Iterable[tuple[int, Sequence[str]]],
    rows: Iterable[tuple[int, Sequence[str]]],
) -> Iterator[ExtraName]:
    told = {cells[0].strip().casefold(): cells[1].strip() for _, cells in preamble if cells[1:]}
    language = told.get("classification 2 language", "").lower() or None
    for line, cells in rows:
        if len(cells) <= max(uri, title):
            continue
        kind = cells[relation].casefold() if relation is not None and relation < len(cells) else ""
        if cells[title].strip() and not kind.endswith(_NO_NAME):
            yield ExtraName(cells[title].strip(), "", cells[uri].strip(), language, line)
