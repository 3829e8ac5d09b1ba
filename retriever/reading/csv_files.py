"""Ads from CSV and TSV: the header says what is in which column."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain

from isco.core.errors import InputError
from isco.core.flat_columns import is_flat
from isco.core.records import Row
from isco.core.settings import InputSettings
from isco.retriever.reading.csv_fields import QUOTE
from isco.retriever.reading.csv_records import Record, Records
from isco.retriever.reading.encodings import TextDecoder
from isco.retriever.reading.lines import text_lines
from isco.retriever.reading.lookahead import Lookahead
from isco.retriever.reading.own_output import as_written
from isco.retriever.reading.rows import broken_row, to_ad
from isco.retriever.reading.tables import check_table, column_names, named_rows

_DELIMITERS = "\t;|,"
_TAB = "\t"
# Of a file with one column: a sign that no text has.
_NONE = "\x1f"
# Excel's own line before the header, which names the delimiter.
_SEP = re.compile(r'"?sep=(.)"?\1*\s*', re.IGNORECASE)
_LARGEST = 2**31 - 1


def read_csv(
    stream: Lookahead, decoder: TextDecoder, columns: InputSettings, name: str
) -> Iterator[Row]:
    """The ads of a text, in order. Raises InputError where its header has none of the columns."""
    csv.field_size_limit(_LARGEST)
    lines = text_lines(stream, decoder)
    first = next((line for line in lines if not line.blank), None)
    separator = _SEP.fullmatch(first.text) if first else None
    if separator:
        first = next((line for line in lines if not line.blank), None)
    text = first.text if first else ""
    delimiter = separator[1] if separator else _delimiter(text, columns)
    quoting = columns.quoting == "standard" or (columns.quoting == "auto" and delimiter != _TAB)
    records = Records(chain([first] if first else [], lines), delimiter, quoting)
    return _ads(records, columns, name)


def _ads(records: Records, columns: InputSettings, name: str) -> Iterator[Row]:
    found = records.header(columns)
    if found and found.fault:
        raise InputError(f"{name} has no readable header: line {found.line} {found.fault}")
    header = column_names(found.cells if found else [], name)
    places = check_table(dict.fromkeys(header, ""), columns, name)
    return named_rows(_rows(records, header, places), places.id in header)


def _delimiter(header: str, columns: InputSettings) -> str:
    """What parts the names of a header: what makes those of the ad's columns, else most of them."""

    def names(delimiter: str) -> list[str]:
        try:
            cells = next(csv.reader((header,), delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            cells = header.split(delimiter)
        return [cell.strip() for cell in cells]

    wanted = {columns.id, columns.title, columns.description}
    best = max(_DELIMITERS, key=lambda each: (len(wanted & set(names(each))), header.count(each)))
    return best if best in header else _NONE


def _rows(records: Records, header: list[str], columns: InputSettings) -> Iterator[Row]:
    number, ours = 0, is_flat(header)
    for record in records:
        if record.fault or any(record.cells):
            number += 1
            yield _row(record, header, number, columns, ours)


def _row(record: Record, header: list[str], row: int, columns: InputSettings, ours: bool) -> Row:
    """`ours` says that the table is one that isco classify wrote."""
    line, cells = record.line, record.cells
    fault = record.fault
    if not fault:
        while len(cells) > len(header) and not cells[-1].strip():
            cells = cells[:-1]
        if len(cells) > len(header):
            fault = f"has {len(cells)} cells, but the header has {len(header)}"
        elif [cell.strip() for cell in cells] == header:
            fault = "is the header again"
        elif not any(cell.strip("\0") for cell in cells):
            fault = "holds nothing but NUL characters"
    if fault:
        return broken_row(row, line, f"line {line} {fault}", _readable_id(cells, header, columns))
    filled = [*cells, *[""] * (len(header) - len(cells))]
    fields = dict(zip(header, filled, strict=True))
    return to_ad(as_written(fields) if ours else fields, row, line, columns)


def _readable_id(cells: Sequence[str], header: list[str], columns: InputSettings) -> str | None:
    """The id of a record whose cells are not told apart well: sure only before all texts."""
    if columns.id not in header:
        return None
    place = header.index(columns.id)
    texts = [header.index(name) for name in (columns.title, columns.description) if name in header]
    sure = place < len(cells) and place < min(texts, default=place + 1)
    found = cells[place].strip().strip(QUOTE) if sure else ""
    return None if "\ufffd" in found else found
