"""Which column of a list of titles holds what, by its headers. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isco.core.headers import header_key
from isco.core.packaged_rules import packaged_rules

_LANGUAGE = re.compile(r"[a-z]{2}")
_NO_LANGUAGE = "any"


@dataclass(frozen=True, slots=True)
class NameColumns:
    """Places of columns: `titles` with the language that each is in, if its header says so; codes
    or concepts or both; `subdivided` says that the header names ISCO, whose codes may go on."""

    titles: Mapping[int, str | None]
    code: int | None
    uri: int | None
    language: int | None
    subdivided: bool


@dataclass(frozen=True, slots=True)
class WantedColumns:
    """Headers that somebody named; None where they are to be found."""

    title: str | None = None
    code: str | None = None
    language: str | None = None


def find_columns(cells: Sequence[str], wanted: WantedColumns) -> NameColumns | None:
    """The columns in a row of headers; None where it is none: titles and codes are needed."""
    keys = [header_key(cell) for cell in cells]
    rules = packaged_rules("isco.ingest.data", "name_columns")
    uri = _first(keys, rules["uris"])
    code = _named(keys, wanted.code) if wanted.code else _code_column(keys, rules)
    language = _named(keys, wanted.language)
    if language is None:
        language = _first(keys, rules["languages"])
    if wanted.title:
        place = _named(keys, wanted.title)
        titles: dict[int, str | None] = {} if place is None else {place: None}
    else:
        titles = _title_columns(keys, rules["titles"], {code, uri, language})
    if not titles or (code is None and uri is None):
        return None
    subdivided = code is not None and "isco" in keys[code]
    return NameColumns(titles, code, uri, language, subdivided)


def _named(keys: Sequence[str], header: str | None) -> int | None:
    key = header_key(header or "")
    return keys.index(key) if key and key in keys else None


def _first(keys: Sequence[str], known: Sequence[str]) -> int | None:
    return next((place for place, key in enumerate(keys) if key in known), None)


def _code_column(keys: Sequence[str], rules: Mapping[str, Sequence[str]]) -> int | None:
    """The clearest: ISCO-08 by name, ISCO, a code without a name, a national one."""

    def clearness(key: str) -> int:
        words = key.split()
        if any(word in rules["not_codes"] for word in words) or "isco88" in key:
            return 0
        if "isco" in key:
            return 4 if "08" in key else 3
        if key in rules["codes"]:
            return 2
        return int(any(key.startswith(national) for national in rules["national_codes"]))

    best = max(range(len(keys)), key=lambda place: clearness(keys[place]), default=None)
    return best if best is not None and clearness(keys[best]) else None


def _title_columns(
    keys: Sequence[str], known: Mapping[str, Sequence[str]], taken: set[int | None]
) -> dict[int, str | None]:
    """Those whose header is one of titles: the first, and in other languages others."""
    found: dict[int, str | None] = {}
    for place, key in enumerate(keys):
        if place in taken:
            continue
        base, _, last = key.rpartition(" ")
        for header, told in ((key, None), (base, last if _LANGUAGE.fullmatch(last) else "")):
            spoken = next((code for code, some in known.items() if header in some), None)
            if spoken is None or told == "":
                continue
            language = told or (None if spoken == _NO_LANGUAGE else spoken)
            if language not in found.values():
                found[place] = language
            break
    return found
