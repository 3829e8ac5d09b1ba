"""Ads from JSON: one object a line, or a document of them."""

from collections.abc import Iterable, Iterator
from itertools import count

from isco.core.records import Row
from isco.core.settings import InputSettings
from isco.retriever.reading.column_check import FieldCheck
from isco.retriever.reading.encodings import TextDecoder
from isco.retriever.reading.json_documents import document_rows
from isco.retriever.reading.json_layout import Layout, begun_text, is_row_of_lines, layout_of
from isco.retriever.reading.json_ld import is_linked_data, postings
from isco.retriever.reading.json_values import is_too_deep, json_value, readable_scalar
from isco.retriever.reading.lines import Line, as_text, text_lines
from isco.retriever.reading.lookahead import PIECE, Lookahead
from isco.retriever.reading.rows import broken_row, looked_over, to_ad


def find_layout(stream: Lookahead, columns: InputSettings, name: str) -> Layout:
    """The layout of what is to be read, by how it begins. Raises InputError as `layout_of`."""
    if stream.live:
        # More lines may be there already.
        first_line, _, _ = begun_text(stream.line_ahead(PIECE)).partition("\n")
        if is_row_of_lines(first_line.strip(), columns):
            return Layout(is_document=False)
    head = stream.ahead(PIECE)
    return layout_of(begun_text(head), len(head) < PIECE, columns, name)


def read_json(
    stream: Lookahead, decoder: TextDecoder, columns: InputSettings, name: str
) -> Iterator[Row]:
    """The ads of a text, in order.

    Raises InputError where it has none of the fields, and after what is whole where it breaks off.
    """
    layout = find_layout(stream, columns, name)
    check = FieldCheck(columns, name)
    if layout.is_document:
        pieces = as_text(document_rows(stream, layout.path, name), decoder)
    else:
        pieces = text_lines(stream, decoder)
    rows = _rows(pieces, columns, check, layout.is_document)
    return looked_over(rows, check, live=stream.live)


def _rows(
    pieces: Iterable[Line], columns: InputSettings, check: FieldCheck, of_document: bool
) -> Iterator[Row]:
    numbers = count(1)
    for piece in pieces:
        if piece.blank:
            continue
        if of_document:
            yield from _of_document(piece, numbers, columns, check)
        else:
            yield _row(piece, next(numbers), columns, check)


def _of_document(
    piece: Line, numbers: Iterator[int], columns: InputSettings, check: FieldCheck
) -> Iterator[Row]:
    """What stands for a row in a document; of linked data, as many as there are ads in it."""
    try:
        value = None if piece.fault else json_value(piece.text)
    except (ValueError, RecursionError):
        value = None
    if is_linked_data(value) and not is_too_deep(value):
        for posting in postings(value):
            yield to_ad(posting, next(numbers), piece.number, columns, check)
        return
    yield _row(piece, next(numbers), columns, check)


def _row(piece: Line, row: int, columns: InputSettings, check: FieldCheck) -> Row:
    line, text = piece.number, piece.text
    reason = f"line {line} {piece.fault}" if piece.fault else None
    if not reason:
        try:
            fields = json_value(text)
        except (ValueError, RecursionError) as error:
            reason = f"line {line} is not JSON: {error}"
        else:
            if is_too_deep(fields):
                reason = f"line {line} is nested more than 64 levels deep"
            elif isinstance(fields, dict):
                return to_ad(fields, row, line, columns, check)
            else:
                found = list(postings(fields))
                if len(found) == 1:
                    return to_ad(found[0], row, line, columns, check)
                reason = f"line {line} is a {type(fields).__name__}, not an object"
    return broken_row(row, line, reason, readable_scalar(text, columns.id))
