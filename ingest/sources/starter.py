"""The starter taxonomy that comes with the project: every ISCO-08 group, in its own words.

`ingest/data/isco08_starter.jsonl` has one group a line: `code` and `title`, and for the 436 unit
groups a one-sentence `definition`, `titles` in nine more languages, and `occupations`: the kinds
of work that the group falls into, each with a `description` and with job titles by language, the
most usual one first.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from isco.core.codes import parent
from isco.core.errors import ConfigError
from isco.ingest.sources.base import LocalText, SourceConcept, SourceTaxonomy

VERSION = "starter-2"
LANGUAGES = ("en", "cs", "de", "es", "fr", "it", "nl", "pl", "pt", "sv")
DATA_FILE = "isco08_starter.jsonl"

_GROUP_URI = "http://data.europa.eu/esco/isco/C{code}"
_OCCUPATION_URI = "urn:isco:starter:{code}.{number}"

Row = Mapping[str, Any]


def read_starter(*languages: str) -> SourceTaxonomy:
    """Read the bundled taxonomy in `languages`, the main one first; without any, in all.

    Raises ConfigError for a language that it lacks, and for a main one that is not English.
    """
    language, *further = languages or LANGUAGES
    lacking = [code for code in (language, *further) if code not in LANGUAGES]
    if lacking or language != LANGUAGES[0]:
        raise ConfigError(
            f"the starter taxonomy is in {', '.join(LANGUAGES)}, English first, not in "
            f"{lacking[0] if lacking else language!r}"
        )
    rows = _rows()
    occupations = [occupation for row in rows for occupation in _occupations(row)]
    broader = [
        (_GROUP_URI.format(code=row["code"]), _GROUP_URI.format(code=above))
        for row in rows
        if (above := parent(row["code"]))
    ]
    broader += [(o.uri, _GROUP_URI.format(code=o.isco_code)) for o in occupations]
    asked = "".join((language, *further)).encode()
    return SourceTaxonomy(
        name="starter",
        version=VERSION,
        language=language,
        groups=tuple(
            SourceConcept(
                uri=_GROUP_URI.format(code=row["code"]),
                isco_code=row["code"],
                label=row["title"],
                description=row.get("definition", ""),
            )
            for row in rows
        ),
        occupations=tuple(occupations),
        broader=tuple(broader),
        checksum=hashlib.sha256(_content() + asked).hexdigest(),
        further={code: dict(_texts(rows, code)) for code in further},
    )


def job_titles(language: str) -> Iterator[tuple[str, Sequence[str]]]:
    """What each unit group is called in one of LANGUAGES, by its code: its own title, if it has one
    there, then its job titles."""
    for row in _rows():
        if names := list(_names(row, language)):
            yield row["code"], names


def _names(row: Row, language: str) -> Iterator[str]:
    if title := row.get("titles", {}).get(language):
        yield title
    for names in row.get("occupations", ()):
        yield from names[language]


def _content() -> bytes:
    return files("isco.ingest").joinpath("data", DATA_FILE).read_bytes()


def _rows() -> list[Row]:
    return [json.loads(line) for line in _content().decode("utf-8").splitlines()]


def _occupations(row: Row) -> Iterator[SourceConcept]:
    for number, names in enumerate(row.get("occupations", ()), start=1):
        label, *others = names[LANGUAGES[0]]
        yield SourceConcept(
            uri=_OCCUPATION_URI.format(code=row["code"], number=number),
            isco_code=row["code"],
            label=label,
            alt_labels=tuple(others),
            description=names.get("description", row["definition"]),
        )


def _texts(rows: list[Row], language: str) -> Iterator[tuple[str, LocalText]]:
    """What groups and occupations are called in that language, by URI."""
    for row in rows:
        code = row["code"]
        yield _GROUP_URI.format(code=code), LocalText(row.get("titles", {}).get(language, ""))
        for number, names in enumerate(row.get("occupations", ()), start=1):
            label, *others = names[language]
            uri = _OCCUPATION_URI.format(code=code, number=number)
            yield uri, LocalText(label, tuple(others))
