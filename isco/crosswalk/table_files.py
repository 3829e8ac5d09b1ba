"""Mapping tables as offices publish them: CSV, TSV and workbooks, below a preamble of keys and
values or notes, in UTF-8 or UTF-16, with broken lines among them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from isco.core.errors import InputError
from isco.core.headers import header_key
from isco.core.settings import CrosswalkFile
from isco.core.workbook import filled_rows, open_workbook
from isco.crosswalk.columns import Columns, WantedColumns, find_columns
from isco.crosswalk.links import BrokenLink, BrokenRowError, Link, LinkTable, link_of, number_of
from isco.retriever.reading.csv_records import Record, Records
from isco.retriever.reading.encodings import AUTO, TextDecoder, as_utf8
from isco.retriever.reading.lines import Line, text_lines
from isco.retriever.reading.lookahead import PIECE
from isco.retriever.reading.opening import opened

_PREAMBLE = 60
_DELIMITERS = "|,;\t"
_WORKBOOKS = (".xlsx", ".xlsm")
_NAME = "classification 2 name"
# Codes are not so few digits as the values of a scale.
_LARGEST_OF_A_SCALE = 1000


def read_table(wanted: CrosswalkFile) -> LinkTable:
    """The table in a file. InputError when it can't be read, has not the columns, or no link."""
    asked = WantedColumns(wanted.source, wanted.target, wanted.label)
    begins: Sequence[str] = ()
    for records in _tables(wanted):
        begins = begins or next((record.cells for record in records), ())
        if found := _header(records, asked):
            place, columns = found
            _require_named(wanted, records[place].cells)
            return _of_records(wanted, columns, records[:place], records[place:])
    raise InputError(
        f"{wanted.file} is no mapping table: no line of it names a column of occupations (a URI of "
        "ESCO, or a code of ISCO or ESCO) and one of targets; it begins with "
        f"{', '.join(begins) or 'nothing'} (--source and --target name the columns)"
    )


def _header(records: Sequence[Record], asked: WantedColumns) -> tuple[int, Columns] | None:
    """The row of headers and its columns: the first whose target is known, or else the first."""
    rows = [
        (place, columns)
        for place, record in enumerate(islice(records, _PREAMBLE))
        if not record.fault and (columns := find_columns(record.cells, asked)) is not None
    ]
    return next((row for row in rows if row[1].is_clear), rows[0] if rows else None)


def _require_named(wanted: CrosswalkFile, header: Sequence[str]) -> None:
    keys = [header_key(cell) for cell in header]
    for asked in (wanted.source, wanted.target, wanted.label):
        if asked is not None and header_key(asked) not in keys:
            raise InputError(
                f"{wanted.file} has no column {asked!r}; its columns are {', '.join(header)}"
            )


def _tables(wanted: CrosswalkFile) -> Iterator[list[Record]]:
    """What the file may hold: its sheets, or its lines by each delimiter, the likeliest first."""
    path = wanted.file
    if path.is_dir():
        raise InputError(f"{path} is a folder; name one mapping table")
    with opened(str(path)) as found:
        if path.suffix.lower() in _WORKBOOKS:
            with open_workbook(found.as_file(), str(path)) as book:
                for sheet in book.worksheets:
                    if wanted.sheet in (None, sheet.title):
                        yield [
                            Record(line, ["" if cell is None else str(cell) for cell in cells])
                            for line, cells in filled_rows(sheet)
                        ]
            return
        text = as_utf8(found.bytes, AUTO)
        decoder = TextDecoder(AUTO, lambda: text.ahead(PIECE), found.name)
        lines = list(text_lines(text, decoder))
    for delimiter in sorted(_DELIMITERS, key=lambda each: _count(lines, each), reverse=True):
        yield list(Records(iter(lines), delimiter, quoting=True))


def _count(lines: Sequence[Line], delimiter: str) -> int:
    return sum(line.text.count(delimiter) for line in lines)


def _of_records(
    wanted: CrosswalkFile, columns: Columns, preamble: Sequence[Record], records: Sequence[Record]
) -> LinkTable:
    told = {
        header_key(record.cells[0]): record.cells[1].strip()
        for record in preamble
        if len(record.cells) > 1
    }
    links: list[Link] = []
    broken: list[BrokenLink] = []
    header = records[0].cells
    for record in records[1:]:
        try:
            if found := _link(record, header, columns):
                links.append(found)
        except BrokenRowError as error:
            broken.append(BrokenLink(record.line, str(error)))
    if not links:
        raise InputError(f"{wanted.file} has a header (line {records[0].line}), and no link")
    labelled = columns.target_label is not None
    is_scale = wanted.kind == "scale" or (
        wanted.kind == "auto" and (columns.is_scale or (not labelled and _are_values(links)))
    )
    if is_scale:
        links, broken = _numbers_alone(links, broken)
    if not links:
        raise InputError(f"{wanted.file} is read as a scale, but no target is a number")
    name = wanted.name or told.get(_NAME) or _name_of(columns, wanted.file)
    return LinkTable(str(wanted.file), key_of(name), is_scale, tuple(links), tuple(broken), told)


def _link(record: Record, header: Sequence[str], columns: Columns) -> Link | None:
    """None for a row that is empty."""
    if record.fault:
        raise BrokenRowError(record.fault)
    cells = list(record.cells)
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if not any(cell.strip() for cell in cells):
        return None
    if len(cells) > len(header):
        raise BrokenRowError(f"it has {len(cells)} cells, but the header has {len(header)}")
    return link_of(record.line, cells, columns)


def _are_values(links: Sequence[Link]) -> bool:
    """Whether all targets are small numbers, rather than codes of one length."""
    numbers = [number_of(link.code) for link in links]
    if any(number is None or not 0 <= number < _LARGEST_OF_A_SCALE for number in numbers):
        return False
    return (
        any("." in link.code or "," in link.code for link in links)
        or len({len(link.code) for link in links}) > 1
        or all(number is not None and number < 10 for number in numbers)
    )


def _numbers_alone(
    links: Sequence[Link], broken: Sequence[BrokenLink]
) -> tuple[list[Link], list[BrokenLink]]:
    told = list(broken)
    kept = []
    for link in links:
        number = number_of(link.code)
        if number is None:
            told.append(BrokenLink(link.line, f"its value is {link.code!r}, which is no number"))
        else:
            kept.append(replace(link, code=f"{number:g}"))
    return kept, sorted(told, key=lambda each: each.line)


def _name_of(columns: Columns, file: Path) -> str:
    known = columns.name not in ("target", "national", "classification 2", "code", "")
    return columns.name if known else file.name.partition(".")[0]


def key_of(name: str) -> str:
    """What a table is called in results: "CO-SISPE 2011" → "co_sispe_2011"."""
    return header_key(name).replace(" ", "_") or "crosswalk"
