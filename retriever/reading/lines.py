"""The lines of a text, of any length, in bounded memory."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from isco.retriever.reading.encodings import TextDecoder
from isco.retriever.reading.lookahead import PIECE, Lookahead

# A row that takes more bytes is none.
ROW_BYTES = 32 << 20
TOO_LONG = f"is longer than {ROW_BYTES >> 20} MB"
# What is kept of a longer one, so that its id can be read.
KEPT = 1 << 16
# The fault of the last row of a file that can't be read further.
BREAKS_OFF = "breaks off, and the file with it"
# What a line may hold and yet be blank: besides spaces a byte order mark, and the mark that DOS
# puts at the end.
_NOTHING = " \t\r\n\f\v\ufeff\x1a"
_NO_BYTES = _NOTHING.encode("ascii", "ignore")


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line's bytes without what ends it; `fault` says what is wrong with it as a whole."""

    number: int
    data: bytes
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line as text. With a `fault` the text is only what can be read of it."""

    number: int
    text: str
    fault: str | None = None

    @property
    def blank(self) -> bool:
        """Whether it holds nothing."""
        return not self.text.strip(_NOTHING) and not self.fault


def text_lines(stream: Lookahead, decoder: TextDecoder) -> Iterator[Line]:
    """The lines of `stream` as text; numbers count from 1."""
    return as_text(raw_lines(stream), decoder)


def as_text(lines: Iterable[RawLine], decoder: TextDecoder) -> Iterator[Line]:
    """Lines, or other pieces, as text."""
    for line in lines:
        if line.fault:
            yield Line(line.number, line.data.decode("utf-8", "replace"), line.fault)
            continue
        try:
            yield Line(line.number, decoder.decode(line.data))
        except UnicodeDecodeError as error:
            text = line.data.decode("utf-8", "replace")
            fault = f"is not UTF-8 (byte {error.start}); input.encoding names another"
            yield Line(line.number, text, fault)


def count_lines(stream: Lookahead) -> int:
    """How many lines hold something: as many as `text_lines` gives that are not blank."""
    return sum(1 for line in raw_lines(stream) if line.fault or _holds_something(line.data))


def _holds_something(data: bytes) -> bool:
    data = data.strip(_NO_BYTES)
    return bool(data.replace(BOM_UTF8, b"").strip(_NO_BYTES) if data[:3] == BOM_UTF8 else data)


def raw_lines(stream: Lookahead) -> Iterator[RawLine]:
    """The lines of `stream`; one that is too long, or with which that breaks off, has a fault.

    They end with a line feed, or all with a carriage return where the first ones do.
    """
    end = _line_end(stream)
    number, parts, size = 1, list[bytes](), 0
    try:
        while piece := stream.read(PIECE):
            first, *others = piece.split(end)
            for data in others:
                yield _line(number, parts, size, first)
                number, parts, size, first = number + 1, [], 0, data
            if size <= ROW_BYTES:
                parts.append(first)
            size += len(first)
    except Exception:
        if size:
            data = b"".join(parts)[:KEPT]
            yield RawLine(number, data, BREAKS_OFF)
        raise
    if size:
        yield _line(number, parts, size, b"")


def _line(number: int, parts: list[bytes], size: int, last: bytes) -> RawLine:
    data = b"".join((*parts, last)) if parts else last
    if size + len(last) > ROW_BYTES:
        return RawLine(number, data[:KEPT], TOO_LONG)
    return RawLine(number, data.removesuffix(b"\r"))


def _line_end(stream: Lookahead) -> bytes:
    head = stream.line_ahead(PIECE)
    return b"\r" if b"\r" in head and b"\n" not in head else b"\n"
