"""Files of names: an office's list of titles, a table of one's own, a national mapping table.

CSV, TSV and Excel workbooks (.xlsx), columns found by their headers or named, below a title or
notes. The mapping tables that national services make for ESCO are taken as they are published: a
preamble of keys and values, then a table of occupations and national titles.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from isco.core.errors import InputError
from isco.core.headers import header_key
from isco.core.settings import NamesFile
from isco.core.workbook import filled_rows, open_workbook
from isco.ingest.sources.name_columns import NameColumns, WantedColumns, find_columns
from isco.ingest.sources.names import ExtraName

# A mapping's relation from the ESCO concept to the national one; a broader title is another's too.
_NO_NAME = ("broadmatch",)
_PREAMBLE = 40
_DELIMITERS = "|,;\t"
_WORKBOOKS = (".xlsx", ".xlsm")
_LANGUAGE = re.compile(r"[a-z]{2,3}")

Rows = list[tuple[int, list[str]]]


def read_names(wanted: NamesFile) -> list[ExtraName]:
    """The names of a file. InputError when it can't be read or has not the columns."""
    first: list[str] = []
    for rows in _tables(wanted):
        first = first or (rows[0][1] if rows else [])
        columns = WantedColumns(wanted.title, wanted.code, wanted.language)
        for number, (_, cells) in enumerate(islice(rows, _PREAMBLE)):
            below = rows[number + 1 :]
            if (found := find_columns(cells, columns)) is not None:
                return list(_of_table(found, _spoken(wanted.language, cells), below))
            keys = [" ".join(cell.casefold().split()) for cell in cells]
            if (mapping := _mapping_columns(keys)) is not None:
                return list(_of_mapping(*mapping, rows[:number], below))
    named = " and ".join(repr(name) for name in (wanted.title, wanted.code) if name)
    lacking = f"no columns {named}" if named else "no columns name and code (or uri)"
    raise InputError(
        f"{wanted.file} has {lacking}, and is no mapping table of ESCO: it begins with "
        f"{', '.join(first) or 'nothing'} (taxonomy.names may say which columns hold title and "
        "code)"
    )


def _tables(wanted: NamesFile) -> Iterator[Rows]:
    """What the file may hold as rows: its sheets, or its lines by each delimiter, the likeliest
    last."""
    path = wanted.file
    try:
        if path.suffix.lower() in _WORKBOOKS:
            with path.open("rb") as file, open_workbook(file, str(path)) as book:
                sheets = {sheet.title: sheet for sheet in book.worksheets}
                if wanted.sheet is not None and wanted.sheet not in sheets:
                    raise InputError(
                        f"{path} has no sheet {wanted.sheet!r}; its sheets are {', '.join(sheets)}"
                    )
                for title, sheet in sheets.items():
                    if wanted.sheet in (None, title):
                        yield [
                            (line, ["" if cell is None else str(cell) for cell in cells])
                            for line, cells in filled_rows(sheet)
                        ]
            return
        text = _text(path.read_bytes())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"can't read the names in {path}: {error} (a list is UTF-8 text or a workbook)"
        ) from error
    for delimiter in sorted(_DELIMITERS, key=text.count, reverse=True):
        reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
        try:
            yield [(reader.line_num, cells) for cells in reader]
        except csv.Error as error:
            raise InputError(f"{path} is no CSV table: {error}") from error


def _text(content: bytes) -> str:
    """As UTF-8, or as spreadsheets write Unicode."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if wide else "utf-8-sig")


def _spoken(language: str | None, headers: Sequence[str]) -> str | None:
    """The language of all titles, where what is asked for is no column."""
    if language is None or header_key(language) in map(header_key, headers):
        return None
    return language.lower() if _LANGUAGE.fullmatch(language.lower()) else None


def _of_table(
    columns: NameColumns, spoken: str | None, rows: Iterable[tuple[int, Sequence[str]]]
) -> Iterator[ExtraName]:
    def cell(cells: Sequence[str], place: int | None) -> str:
        return cells[place].strip() if place is not None and place < len(cells) else ""

    for line, cells in rows:
        code, uri = cell(cells, columns.code), cell(cells, columns.uri)
        if "/" in code:
            code, uri = "", code
        for place, told in columns.titles.items():
            if name := cell(cells, place):
                language = cell(cells, columns.language).lower() or spoken or told
                yield ExtraName(name, code, uri, language, line, columns.subdivided)


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
