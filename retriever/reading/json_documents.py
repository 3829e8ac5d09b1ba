"""The rows of JSON documents as they come: each by itself, the whole never held."""

import re
from collections.abc import Iterator

from isco.core.errors import InputError
from isco.retriever.reading.json_layout import Path
from isco.retriever.reading.json_values import json_value
from isco.retriever.reading.lines import BREAKS_OFF, KEPT, ROW_BYTES, TOO_LONG, RawLine
from isco.retriever.reading.lookahead import PIECE, Lookahead

_MARK = re.compile(rb'["{}\[\],:]')
_IN_TEXT = re.compile(rb'["\\]')
_NOTHING = b" \t\r\n\f\v\0\xef\xbb\xbf"
_LONGEST_KEY = 512


def document_rows(stream: Lookahead, path: Path | None, name: str) -> Iterator[RawLine]:
    """Of the documents in `stream`, one after the other, what stands for a row, with its line.

    Those are the items of a list at the top; of an object the items of the list at `path`, or it
    itself. Raises InputError when the last document breaks off.
    """
    scanner = _Scanner(path)
    try:
        while piece := stream.read(PIECE):
            yield from scanner.feed(piece)
    except Exception:
        yield from scanner.rest()
        raise
    if scanner.is_open:
        yield from scanner.rest()
        raise InputError(f"can't read {name}: its JSON breaks off; what is there was read")


class _Scanner:
    """Finds rows by brackets, commas and the keys along the path.

    `row_depth` says in how many lists and objects a row stands while rows are gone through, 0 where
    they are objects at the top.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._depth = 0
        self._row_depth: int | None = None
        # Outside rows: how many steps along the path are open; whether the next value is what the
        # following step names; whether the list has been there.
        self._steps = 0
        self._at_step = False
        self._list_found = False
        # Within a text, and how that began where it may be a key.
        self._in_text = False
        self._escaped = False
        self._text: bytes | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._row_line = 1
        # The line ends so far, and up to where those of the piece at hand are among them.
        self._line_ends = 0
        self._counted = 0

    @property
    def is_open(self) -> bool:
        """Whether a document has begun and has not ended."""
        return self._depth > 0

    def feed(self, piece: bytes) -> Iterator[RawLine]:
        """The rows that end in the next bytes."""
        start = 0
        for place, mark in self._marks(piece):
            if self._row_depth is None:
                if not self._depth:
                    yield from self._stray(piece, start, place)
                yield from self._outside(mark, self._line(piece, place))
                start = place + (self._row_depth != 0)
                self._row_line = self._line(piece, start)
            elif own := self._ends_row(mark):
                self._take(piece[start : place + own - 1])
                yield from self._row()
                start = place + 1
                self._row_line = self._line(piece, start)
        if self._row_depth is not None:
            self._take(piece[start:])
        elif not self._depth:
            yield from self._stray(piece, start, len(piece))
        self._line(piece, len(piece))
        self._counted = 0

    def rest(self) -> Iterator[RawLine]:
        """The row that is cut off, if one is."""
        data = b"".join(self._parts)
        if data.strip(_NOTHING):
            yield RawLine(self._row_line + _leading_lines(data), data[:KEPT], BREAKS_OFF)

    def _marks(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        """The marks outside texts, and their places."""
        place = 0
        while place < len(piece):
            if not self._in_text:
                found = _MARK.search(piece, place)
                if not found:
                    return
                place = found.end()
                if found[0] == b'"':
                    self._in_text = True
                    self._text = b"" if self._row_depth is None else None
                else:
                    yield found.start(), found[0]
                continue
            begun, place = place, place + self._escaped
            self._escaped = False
            found = _IN_TEXT.search(piece, place)
            if found and found[0] == b"\\":
                place = found.end() + 1
                self._escaped = place > len(piece)
            else:
                self._in_text = not found
                place = found.end() if found else len(piece)
            if self._text is not None and len(self._text) < _LONGEST_KEY:
                self._text += piece[begun : place - bool(found and not self._in_text)]

    def _outside(self, mark: bytes, line: int) -> Iterator[RawLine]:
        """Go over a mark that is in no row; rows may begin after it, or with it."""
        if mark in b"}]":
            self._depth = max(self._depth - 1, 0)
            self._steps = min(self._steps, max(self._depth - 1, 0))
            if not self._depth and self._path and not self._list_found:
                missing = ".".join(self._path)
                yield RawLine(line, b"", f"ends an object without a list under {missing!r}")
        elif mark in b"{[":
            at_list = self._at_step and self._steps + 1 == len(self._path or ())
            if not self._depth:
                self._list_found = False
                if mark == b"[" or not self._path:
                    self._row_depth = int(mark == b"[")
            elif self._at_step and mark == b"{" and not at_list:
                self._steps += 1
            elif at_list and mark == b"[":
                self._row_depth = self._depth + 1
                self._list_found = True
            self._depth += 1
        at_key = mark == b":" and self._path is not None and self._depth == self._steps + 1
        self._at_step = at_key and self._key() == (self._path or ())[self._steps]

    def _ends_row(self, mark: bytes) -> int:
        """Go over a mark in a row: 1 where it ends that before it, 2 where with it, else 0."""
        if mark in b"{[":
            self._depth += 1
        elif mark in b"}]":
            self._depth -= 1
            assert self._row_depth is not None
            if self._depth < self._row_depth or not self._depth:
                with_it = self._row_depth == 0
                self._row_depth = None
                return 1 + with_it
        return int(mark == b"," and self._depth == self._row_depth)

    def _key(self) -> str | None:
        try:
            key = json_value(f'"{(self._text or b"").decode("utf-8")}"')
        except ValueError:
            return None
        return key if isinstance(key, str) else None

    def _take(self, data: bytes) -> None:
        if self._size <= ROW_BYTES:
            self._parts.append(data)
        self._size += len(data)

    def _row(self) -> Iterator[RawLine]:
        data, size = b"".join(self._parts), self._size
        self._parts, self._size = [], 0
        if data.strip(_NOTHING):
            line = self._row_line + _leading_lines(data)
            too_long = size > ROW_BYTES
            yield RawLine(line, data[:KEPT] if too_long else data, TOO_LONG if too_long else None)

    def _stray(self, piece: bytes, start: int, end: int) -> Iterator[RawLine]:
        """What stands between documents and is none, as a row that can't be read."""
        between = piece[start:end]
        if between.strip(_NOTHING + b","):
            line = self._line(piece, start) + _leading_lines(between)
            yield RawLine(
                line, between[:KEPT], "is not JSON: it stands outside of lists and objects"
            )

    def _line(self, piece: bytes, place: int) -> int:
        """The line in which a place of the piece at hand is; places ascend."""
        self._line_ends += piece.count(b"\n", self._counted, place)
        self._counted = max(self._counted, place)
        return 1 + self._line_ends


def _leading_lines(data: bytes) -> int:
    return data[: len(data) - len(data.lstrip(_NOTHING))].count(b"\n")
