"""Fields of a row to an ad, or to what says why it is none; the same for every file format."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow, Row
from isco.core.settings import InputSettings
from isco.retriever.reading.column_check import FieldCheck
from isco.retriever.reading.fields import is_there, value_at, without
from isco.retriever.reading.shapes import AmbiguousRowError, as_it_comes

# Rows that are read before the first one is given, so that what all of them lack is told first.
LOOKED_AT = 100
# So many, as long as none of them is an ad.
_LOOKED_AT_WITHOUT = 1000
_NOTHING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none", "undefined"})


def broken_row(row: int, line: int, reason: str, ad_id: str | None = None) -> BrokenRow:
    """A row that is no ad; `ad_id` is what could be read of its id."""
    given = _usable(ad_id)
    return BrokenRow(given or str(row), row, line, reason, numbered=not given)


def to_ad(
    fields: Mapping[str, Any],
    row: int,
    line: int,
    columns: InputSettings,
    check: FieldCheck | None = None,
) -> Row:
    """The ad that `fields` hold; a missing id becomes the row number. `check` is shown the row."""
    try:
        fields, columns = as_it_comes(fields, columns)
    except AmbiguousRowError as error:
        reason = f"line {line} {error}; one a line is expected"
        return broken_row(row, line, reason, _id_text(value_at(fields, columns.id)))
    if check:
        check.see(fields, columns)
    given = _usable(_id_text(value_at(fields, columns.id)))
    ad_id, numbered = given or str(row), not given
    if not is_there(fields, columns.title) and not is_there(fields, columns.description):
        reason = f"line {line} has neither {columns.title!r} nor {columns.description!r}"
        return BrokenRow(ad_id, row, line, reason, numbered)
    texts: dict[str, str | None] = {}
    for key in ("title", "description", "language", "isco_code"):
        name = getattr(columns, key)
        value = value_at(fields, name)
        texts[key] = _scalar(value)
        if value is not None and texts[key] is None:
            reason = f"line {line}: {name} is a {type(value).__name__}, not a text"
            return BrokenRow(ad_id, row, line, reason + _inner_text(key, name, value), numbered)
    consumed = {columns.id, columns.title, columns.description, columns.language}
    return Ad(
        id=ad_id,
        title=texts["title"] or "",
        description=texts["description"] or "",
        row=row,
        line=line,
        language=(_usable(texts["language"]) or "").strip() or None,
        isco_code=(texts["isco_code"] or "").strip() or None,
        extra=without(fields, consumed),
        numbered=numbered,
    )


def looked_over(
    rows: Iterable[Row], check: FieldCheck, live: bool = False, named: bool = False
) -> Iterator[Row]:
    """`rows`, once the first of them show that they have the fields of an ad, as `check` has seen.

    Of `live` rows the first ad is given as soon as it is there. A made-up id is the row's number,
    "17"; where others have ids, or `named` says that they may, it is "row-17", which is no id that
    an ad has. Raises InputError as `check` does.
    """
    rows = iter(rows)
    first: list[Row] = []
    broke: InputError | None = None
    try:
        for row in rows:
            first.append(row)
            enough = 1 if live else LOOKED_AT
            if len(first) >= (enough if check.has_ad else _LOOKED_AT_WITHOUT):
                break
    except InputError as error:
        broke = error
    check.require_ad()
    if not live:
        check.close()
    named = named or not all(row.numbered for row in first)
    for row in first:
        yield with_made_up_id(row, named)
    if broke:
        raise broke
    for row in rows:
        named = named or not row.numbered
        yield with_made_up_id(row, named)
        if row.row >= LOOKED_AT:
            check.close(strictly=False)
    check.close(strictly=False)


def with_made_up_id(row: Row, named: bool) -> Row:
    """`row`, its made-up id if it has one being no number where others are `named`."""
    return replace(row, id=f"row-{row.row}") if row.numbered and named else row


def _inner_text(key: str, name: str, value: Any) -> str:
    """Of an object in the place of a text, what names a text in it."""
    texts = (
        [inner for inner, text in value.items() if _scalar(text)] if isinstance(value, dict) else []
    )
    return f" (input.{key}={name}.{texts[0]} names one)" if texts else ""


def _usable(text: str | None) -> str | None:
    """An id or a language; None for what programs write where there is none."""
    told = (text or "").replace("\0", "").strip().lower()
    return text if told not in _NOTHING else None


def _scalar(value: Any) -> str | None:
    """A text or number as text that UTF-8 can hold; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _id_text(value: Any) -> str | None:
    """An id as text, whatever it is: of MongoDB's `{"$oid": "5f1"}` what stands in it."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, inner),) = value.items()
        if str(name).startswith("$"):
            return _id_text(inner)
    if isinstance(value, bool | Mapping | list):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        return _scalar(text) if value or value is False else None
    return _scalar(value if value is None or isinstance(value, int | float) else str(value))
