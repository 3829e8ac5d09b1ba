"""The records of CSV, one or more lines each; a quote that swallows records loses none of them.

A field that a quote opens goes on to the quote that closes it, over line ends. Where that one never
comes, or what lies between is records, it was no such quote: its line is a fault, and reading goes
on at the line after it. Quotes within such a field that should have been doubled are taken as they
are, where what follows them shows it.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from isco.core.settings import InputSettings
from isco.retriever.reading.csv_fields import QUOTE, Fields, Span
from isco.retriever.reading.lines import ROW_BYTES, TOO_LONG, Line

# No field goes on for more lines.
_MOST_LINES = 100_000
# Ids by whose form records are told; where they have more forms, these tell nothing.
_FORMS = 8
_LEARNED = 1000
_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a record, or why it has none: then they are what its first line shows."""

    line: int
    cells: list[str]
    fault: str | None = None


class Records:
    """Records of lines, parted by `delimiter`. Iterate after `header`."""

    def __init__(self, lines: Iterator[Line], delimiter: str, quoting: bool) -> None:
        self._lines = lines
        self._waiting: deque[Line] = deque()
        self._delimiter = delimiter
        self._quoting = quoting
        self._header: list[str] = []
        self._spaced = False
        self._only_titles = False
        self._id: int | None = None
        self._forms: set[str] = set()
        self._learned = 0

    def header(self, columns: InputSettings) -> Record | None:
        """The first record, whose cells are names; None where there is nothing."""
        record = next(iter(self), None)
        if record and not record.fault:
            self._header = record.cells
            names = [name.strip() for name in record.cells]
            self._id = names.index(columns.id) if columns.id in names else None
            self._only_titles = names == [columns.title]
        return record

    def __iter__(self) -> Iterator[Record]:
        while (line := self._next_line()) is not None:
            if line.blank:
                continue
            if line.fault:
                yield Record(line.number, self._plainly(line.text), line.fault)
                continue
            record = self._record(line)
            if self._learned < _LEARNED and record.fault is None:
                self._learn(record.cells)
            yield record

    def _next_line(self) -> Line | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)

    def _plainly(self, text: str) -> list[str]:
        """The cells of a line if quotes are signs like others."""
        return text.split(self._delimiter)

    def _record(self, line: Line) -> Record:
        if not self._header:
            self._spaced = f"{self._delimiter} " in line.text
        if not self._quoting or QUOTE not in line.text:
            plain = self._plainly(line.text)
            if self._spaced:
                plain = [cell.lstrip(" ") for cell in plain]
            return Record(line.number, plain)
        cells = self._strictly(line.text, self._spaced)
        if not self._spaced and f'{self._delimiter} "' in line.text:
            cells = self._without_blanks(line.text, cells)
        return self._over_lines(line) if cells is None else Record(line.number, cells)

    def _without_blanks(self, text: str, cells: list[str] | None) -> list[str] | None:
        """The cells of a line in which blanks stand before quotes, where these open fields."""
        spaced = self._strictly(text, True)
        fits = spaced is not None and len(spaced) == len(self._header)
        opened = cells and any(cell.startswith(' "') and cell.endswith(QUOTE) for cell in cells)
        return spaced if fits and (opened or len(cells or ()) != len(self._header)) else cells

    def _strictly(self, text: str, spaced: bool = False) -> list[str] | None:
        """The cells of a line that is a whole record, as the standard has them; None if not so.

        Where it is `spaced`, blanks before a cell are none of it.
        """
        reader = csv.reader(
            (text,), delimiter=self._delimiter, strict=True, skipinitialspace=spaced
        )
        try:
            return next(reader, [])
        except csv.Error:
            return None

    def _over_lines(self, first: Line) -> Record:
        """The record that begins with `first`, which may take in the lines after it."""
        fields = Fields(self._delimiter, self._spaced)
        taken, size, fault = [first], len(first.text), None
        is_open = fields.add(first.text, self._is_record)
        while is_open:
            line = self._next_line()
            if line is None:
                fault = "no quote closes it before the file ends"
                break
            taken.append(line)
            size += len(line.text)
            if line.fault or size > ROW_BYTES or len(taken) > _MOST_LINES:
                fault = f"line {line.number} {line.fault}" if line.fault else f"it {TOO_LONG}"
                break
            is_open = fields.add(line.text, self._is_record)
        fault = fault or fields.fault
        opened_in = fields.opened_in
        if not fault:
            span = self._swallowing(fields, taken)
            if not span:
                return Record(first.number, fields.cells)
            opened_in = span.place
        self._waiting.extendleft(reversed(taken[opened_in + 1 :]))
        said = _said(taken[opened_in].number, taken[-1].number, fault)
        return Record(first.number, self._plainly(first.text), said)

    def _swallowing(self, fields: Fields, lines: Sequence[Line]) -> Span | None:
        """The field that has taken in lines that are records of their own, if one has."""
        if self._header and fields.spans and len(fields.cells) != len(self._header):
            span = fields.spans[0]
            looks = [self._is_record(line.text) for line in lines[span.place + 1 :]]
            if (any(looks) and sum(looks) * 2 >= len(looks)) or any(
                each.quoted for each in fields.spans
            ):
                return span
        texts = [line.text for line in lines]
        return next((span for span in fields.spans if self._is_swallowing(span, texts)), None)

    def _is_swallowing(self, span: Span, lines: Sequence[str]) -> bool:
        """Whether the lines that a field took in are records of their own. `lines` are those of the
        whole record.

        Its first one looks so anyway where the field is the last column's, its last one where it is
        the first's: these say nothing then.
        """
        width = len(self._header)
        if width < 2:
            return self._only_titles and len(span.between) > 0
        rest, inner = self._plainly(span.first), self._plainly(span.last)
        whole = span.column + len(rest) == width and self._are_cells(rest, span.column)
        if whole and span.quoted:
            return True
        looks = [self._is_record(text) for text in span.between if text.strip()]
        if span.column > 0:
            looks.append(len(inner) == span.column + 1 and self._are_cells(inner, 0))
        if not any(looks) and not self._is_record(lines[span.place + len(span.between) + 1]):
            return False
        if span.column < width - 1:
            looks.append(whole)
        return any(looks) and sum(looks) * 2 >= len(looks)

    def _is_record(self, text: str) -> bool:
        """Whether a line looks like a whole record, and not like a sentence with commas."""
        plain = self._plainly(text)
        if len(plain) == len(self._header):
            return self._are_cells(plain, 0)
        cells = self._strictly(text) if QUOTE in text else None
        return cells is not None and len(cells) == len(self._header)

    def _are_cells(self, cells: Sequence[str], column: int) -> bool:
        """Whether texts between delimiters look like the cells from that column on."""
        at = -1 if self._id is None else self._id - column
        if 0 <= at < len(cells) and 0 < len(self._forms) <= _FORMS:
            return _form(cells[at].strip(QUOTE)) in self._forms
        pairs = pairwise(cells)
        return self._delimiter == "\t" or not any(
            (after.startswith(" ") and not self._spaced)
            or (self._delimiter == "," and before[-1:].isdigit() and after[:1].isdigit())
            for before, after in pairs
        )

    def _learn(self, cells: Sequence[str]) -> None:
        self._learned += 1
        if self._id is not None and self._header and len(cells) == len(self._header):
            self._forms.add(_form(cells[self._id]))


def _said(opened: int, last: int, fault: str | None) -> str:
    if opened == last:
        return f"is not CSV: a quote opens a field in it, but {fault}"
    why = fault or f"the quote that closes it is in line {last}, with whole rows between"
    return (
        f"is not CSV: a quote opens a field that would take in lines {opened}–{last}, but {why}; "
        f"reading went on at line {opened + 1}"
    )


def _form(ad_id: str) -> str:
    return _LETTERS.sub("a", _DIGITS.sub("9", ad_id.strip()))
