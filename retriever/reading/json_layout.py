"""How ads lie in a JSON text: one a line, or in one document, and where in that. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from isco.core.errors import InputError
from isco.core.settings import InputSettings
from isco.retriever.reading.column_check import listed
from isco.retriever.reading.fields import value_at
from isco.retriever.reading.json_ld import is_linked_data, postings
from isco.retriever.reading.json_values import json_value
from isco.retriever.reading.rules import load_rules
from isco.retriever.reading.shapes import looks_like_an_ad

Path = tuple[str, ...]

_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],]|"', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}
# No further into an object than this is a list of ads looked for.
_DEEPEST = 3
# Lines in which a row is looked for where the first is none.
_FIRST_LINES = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """Whether each line is a row, or the text is one document, or one after the other.

    Of a document the rows are its objects themselves, or, with a `path`, what is in the list there;
    those of a list at the top are always its items.
    """

    is_document: bool
    path: Path | None = None


def begun_text(head: bytes) -> str:
    """The beginning of a text, without what stands for nothing there."""
    return head.decode("utf-8", "replace").lstrip("\ufeff\0 \t\r\n\f\v")


def is_json_text(text: str) -> bool:
    """Whether a text begins with a value of JSON."""
    return _first_value(text) is not None


def has_rows(text: str, columns: InputSettings) -> bool:
    """Whether one of the lines with which a text begins is an ad as JSON."""
    lines = (line.strip() for line in text.split("\n")[:_FIRST_LINES])
    return any(line.startswith("{") and _is_ad(line, columns) for line in lines)


def is_row_of_lines(line: str, columns: InputSettings) -> bool:
    """Whether a first line alone shows that each line is a row."""
    return _is_ad(line, columns) or not is_json_text(line)


def layout_of(head: str, ends: bool, columns: InputSettings, said: str) -> Layout:
    """The layout of a text that begins with `head`, and `ends` there or goes on.

    Raises InputError, with the next step, for a document in which no ads can be found.
    """
    first_line, _, rest = head.lstrip().partition("\n")
    try:
        value = json_value(first_line)
    except (ValueError, RecursionError):
        return _layout_over_lines(head, columns, said)
    alone = ends and not rest.strip()
    if isinstance(value, list):
        return Layout(is_document=alone)
    if not isinstance(value, Mapping) or looks_like_an_ad(value, columns):
        return Layout(is_document=False)
    if is_linked_data(value) and not alone:
        return Layout(is_document=False)
    path = _path_in(value, columns, said, alone)
    return Layout(path is not None, path)


def _layout_over_lines(head: str, columns: InputSettings, said: str) -> Layout:
    """That of a text whose first line is no value by itself."""
    lines = [line.strip() for line in head.split("\n") if line.strip()]
    objects = sum(line.startswith("{") and line.endswith("}") for line in lines)
    # A document that is damaged has lines with commas; so many objects are rows.
    if objects * 2 >= len(lines) and not _is_whole(head):
        return Layout(is_document=False)
    if head.lstrip().startswith("["):
        return Layout(is_document=True)
    value = _first_value(head)
    if value is None:
        return Layout(is_document=False)
    if not isinstance(value, Mapping):
        return Layout(is_document=True)
    return Layout(True, _path_in(value, columns, said, alone=True))


def _path_in(
    value: Mapping[str, Any], columns: InputSettings, said: str, alone: bool
) -> Path | None:
    """Where the list of the ads is in an object; None where the object is a row itself.

    Raises InputError where the object is all that there is, and holds ads in no way that is known.
    """
    if columns.records is not None:
        return tuple(columns.records.split("."))
    if looks_like_an_ad(value, columns):
        return None
    lists = list(_lists_in(value))
    for path, items in lists:
        if any(_holds_an_ad(item, columns) for item in items[:1]):
            return path
    known = load_rules("postings")["lists"]
    for path, items in lists:
        if path[-1] in known and (not items or isinstance(items[0], Mapping)):
            return path
    if alone and not any(True for _ in postings(value)):
        _refuse(value, lists, columns, said)
    return None


def _refuse(
    value: Mapping[str, Any], lists: list[tuple[Path, list[Any]]], columns: InputSettings, said: str
) -> None:
    """Raise InputError for an object of which it can be said what it is."""
    for path, items in lists:
        if items and isinstance(items[0], Mapping):
            key = ".".join(path)
            raise InputError(
                f"{said} is one JSON object; the first object of its list {key!r} has neither "
                f"{columns.title!r} nor {columns.description!r}, but {listed(items[0])}: "
                f"input.records={key} names the list, input.title and input.description the fields"
            )
    inner = [each for each in value.values() if isinstance(each, Mapping)]
    by_column = isinstance(value_at(value, columns.title), Mapping) or {"columns", "data"} <= set(
        value
    )
    if by_column or (inner and len(inner) == len(value) and looks_like_an_ad(inner[0], columns)):
        raise InputError(
            f"{said} is one JSON object of columns or of named ads, as pandas writes by itself: "
            "write a list of ads (in pandas, to_json(orient='records', lines=True))"
        )


def _holds_an_ad(item: Any, columns: InputSettings) -> bool:
    return looks_like_an_ad(item, columns) or next(postings(item), None) is not None


def _lists_in(value: Mapping[str, Any]) -> Iterator[tuple[Path, list[Any]]]:
    """The lists in an object, those nearer to the top first, and the paths to them."""
    level: list[tuple[Path, Mapping[str, Any]]] = [((), value)]
    for _ in range(_DEEPEST):
        deeper = []
        for path, fields in level:
            for key, item in fields.items():
                if isinstance(item, list):
                    yield (*path, key), item
                elif isinstance(item, Mapping):
                    deeper.append(((*path, key), item))
        level = deeper


def _is_ad(line: str, columns: InputSettings) -> bool:
    try:
        return looks_like_an_ad(json_value(line), columns)
    except (ValueError, RecursionError):
        return False


def _is_whole(text: str) -> bool:
    """Whether a text begins with a value of JSON, without damage as far as it goes."""
    try:
        json_value(_closed(text))
    except (ValueError, RecursionError):
        return False
    return True


def _first_value(text: str) -> Any:
    """The value with which a text begins, as far as it goes; None if there is none.

    Of damage further on as much is left out as must be.
    """
    lines = text.splitlines(keepends=True)
    while lines:
        try:
            return json_value(_closed("".join(lines)))
        except (ValueError, RecursionError):
            lines = lines[: len(lines) // 2]
    return None


def _closed(text: str) -> str:
    """The first value of a text, what is open at its end closed after the last whole part."""
    open_: list[str] = []
    cut = 0
    for token in _STRUCTURE.finditer(text):
        mark = token[0]
        if mark in _CLOSING:
            open_.append(mark)
            cut = token.end()
        elif mark in ("}", "]"):
            if not open_ or _CLOSING[open_.pop()] != mark:
                return text
            if not open_:
                return text[: token.end()]
            cut = token.end()
        elif mark == ",":
            cut = token.start()
    return text[:cut] + "".join(_CLOSING[each] for each in reversed(open_))
