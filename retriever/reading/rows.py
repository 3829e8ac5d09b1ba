"""Fields of a row to an ad, or to what says why it is none; the same for every file format."""

from collections.abc import Collection, Mapping
from typing import Any

from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow
from isco.core.settings import InputSettings


def require_columns(names: Collection[str], columns: InputSettings, source: str) -> None:
    """Raise InputError when none of a file's columns can hold an ad."""
    if columns.title not in names and columns.description not in names:
        raise InputError(
            f"{source} has neither a column {columns.title!r} nor {columns.description!r}; "
            f"its columns are {', '.join(names) or 'none'} (input.title and input.description "
            "name others)"
        )


def broken_row(row: int, line: int, reason: str) -> BrokenRow:
    """A row so broken that its id can't be read either."""
    return BrokenRow(str(row), row, line, reason, numbered=True)


def to_ad(fields: Mapping[str, Any], row: int, line: int, columns: InputSettings) -> Ad | BrokenRow:
    """The ad that `fields` hold; a missing id becomes the row number."""
    given = _scalar(fields.get(columns.id))
    ad_id = given if given and given.strip() else str(row)
    numbered = ad_id is not given
    if columns.title not in fields and columns.description not in fields:
        reason = f"line {line} has neither {columns.title!r} nor {columns.description!r}"
        return BrokenRow(ad_id, row, line, reason, numbered)
    texts: dict[str, str | None] = {}
    named = (columns.title, columns.description, columns.language, columns.isco_code)
    for name in named:
        value = fields.get(name)
        texts[name] = _scalar(value)
        if value is not None and texts[name] is None:
            reason = f"line {line}: {name} is a {type(value).__name__}, not a text"
            return BrokenRow(ad_id, row, line, reason, numbered)
    consumed = {columns.id, columns.title, columns.description, columns.language}
    return Ad(
        id=ad_id,
        title=texts[columns.title] or "",
        description=texts[columns.description] or "",
        row=row,
        line=line,
        language=(texts[columns.language] or "").strip() or None,
        isco_code=(texts[columns.isco_code] or "").strip() or None,
        extra={key: value for key, value in fields.items() if key not in consumed},
        numbered=numbered,
    )


def _scalar(value: Any) -> str | None:
    """A text or number as text that UTF-8 can hold; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).encode("utf-8", "replace").decode("utf-8")
