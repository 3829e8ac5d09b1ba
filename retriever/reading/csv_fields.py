"""The fields of a record of CSV, as its lines are added. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

QUOTE = '"'
TWICE = "another one opens before"


@dataclass
class Span:
    """A field over several lines: its column, in which line of the record it begins, what is in its
    first and last line of it, and the lines between; `quoted` if one of these begins with a quote,
    as a field would."""

    column: int
    place: int
    first: str
    between: list[str] = field(default_factory=list)
    last: str = ""
    quoted: bool = False


class Fields:
    """The fields of a record, as its lines are added. With a `fault` it is none.

    Where it is `spaced`, blanks before a field are none of it. `opened_in` is the line of the
    record in which the last field in quotes begins.
    """

    def __init__(self, delimiter: str, spaced: bool = False) -> None:
        self.cells: list[str] = []
        self.spans: list[Span] = []
        self.fault: str | None = None
        self.opened_in = 0
        self._delimiter = delimiter
        self._blanks = re.compile(" *" if spaced else "")
        self._lines = 0
        self._open: list[str] | None = None
        self._span: Span | None = None

    def add(self, text: str, is_record: Callable[[str], bool]) -> bool:
        """Add a line; whether a field is open at its end. `is_record` is asked of the line."""
        place = begun = 0
        while place <= len(text):
            if self._open is None and (blanks := self._blanks.match(text, place)):
                place = blanks.end()
            if self._open is None and text[place : place + 1] != QUOTE:
                end = text.find(self._delimiter, place)
                end = len(text) if end < 0 else end
                self.cells.append(text[place:end])
                place = end + 1
                continue
            if self._open is None:
                self._open, self.opened_in = [], self._lines
                place = begun = place + 1
            end = text.find(QUOTE, place)
            if end < 0:
                self._open += text[place:], "\n"
                self._goes_on(text[begun:])
                break
            self._open.append(text[place:end])
            after = text[end + 1 : end + 2]
            if after in ("", self._delimiter):
                self._close(text[:end])
            elif after != QUOTE and self._opens(text, end, is_record):
                self.fault = TWICE
                return False
            else:
                if self._span and not end and after != QUOTE:
                    self._span.quoted = True
                self._open.append(QUOTE)
            place = end + 1 + (not after or after in (QUOTE, self._delimiter))
        self._lines += 1
        return self._open is not None

    def _goes_on(self, text: str) -> None:
        """The field that is open goes on after a line, of which it has `text`."""
        if self._span:
            self._span.between.append(text)
        else:
            self._span = Span(len(self.cells), self._lines, text)
            self.spans.append(self._span)

    def _close(self, text: str) -> None:
        """The field that is open ends in a line that begins with `text`."""
        self.cells.append("".join(self._open or ()))
        if self._span:
            self._span.last = text
        self._open = self._span = None

    def _opens(self, text: str, place: int, is_record: Callable[[str], bool]) -> bool:
        """Whether a quote within an open field stands where one opens a field."""
        return text[place - 1] == self._delimiter if place else is_record(text)
