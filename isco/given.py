"""What is given as ads in Python, as the rows of a run: texts, dicts, ads, frames.

None, NaN and the like are empty. A row that is no ad becomes a broken row, as in a file.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow, Row
from isco.core.settings import InputSettings
from isco.retriever.reading.fields import is_there
from isco.retriever.reading.rows import to_ad, with_made_up_id
from isco.retriever.reading.shapes import looks_like_an_ad

if TYPE_CHECKING:
    from isco.frames import Frame

_MISSING = frozenset({"NAType", "NaTType"})
_SHOWN = 30


@dataclass(frozen=True)
class GivenAds:
    """Rows to be gone through once, how many there are, and the frame that they are from, if any.

    `columns` say where the fields of an ad were looked for.
    """

    rows: Iterable[Row]
    total: int
    columns: InputSettings
    frame: "Frame | None" = None


def read_given(
    ads: Any,
    columns: InputSettings,
    named: Mapping[str, str | None],
    *needed: str,
    keep: Sequence[str] = (),
) -> GivenAds:
    """The rows of `ads`: a frame, a column of titles, one ad or several.

    `named` are the columns, by field, that the caller asked for in place of those in `columns`;
    fields `needed` must have a column, and of a frame's further columns those to `keep` come along.
    Raises InputError, with the columns that there are, when one is missing, and for what is no ad
    at all.
    """
    asked = {field: name for field, name in named.items() if name is not None}
    columns = columns.model_copy(update=asked)
    must = {field: getattr(columns, field) for field in (*asked, *needed)}
    if isinstance(ads, str | Mapping | Ad):
        ads = [ads]
    if not isinstance(ads, list | tuple):
        import narwhals as nw

        from isco.frames import as_frame_or_column, cells

        found = as_frame_or_column(ads)
        if isinstance(found, nw.DataFrame):
            _require(dict.fromkeys(found.columns), columns, must)
            return GivenAds(_frame_rows(found, columns, keep), len(found), columns, found)
        if isinstance(found, nw.Series):
            ads = cells(found)
        elif isinstance(ads, bytes) or not isinstance(ads, Iterable):
            raise InputError(
                f"ads are expected, as texts, dicts, isco.Ad or a frame; not {_kind(ads)}"
            )
    given = list(ads)
    dicts = [ad for ad in given if isinstance(ad, Mapping)]
    if dicts and (must or not any(looks_like_an_ad(ad, columns) for ad in dicts)):
        _require({key: value for ad in dicts for key, value in ad.items()}, columns, must)
    rows = [_row(ad, number, columns) for number, ad in enumerate(given, start=1)]
    real = {row.id for row in rows if not row.numbered}
    return GivenAds([with_made_up_id(row, row.id in real) for row in rows], len(rows), columns)


def _require(fields: Mapping[str, Any], columns: InputSettings, must: Mapping[str, str]) -> None:
    """`fields` are all that there are, with a value of each, so far as it is known."""
    names = list(fields)
    missing = {field: name for field, name in must.items() if not is_there(fields, name)}
    own = {"title": columns.title, "description": columns.description}
    if not missing and not any(is_there(fields, name) for name in own.values()):
        missing = own
    if missing:
        asked = " or ".join(map(repr, missing.values()))
        others = " or ".join(f"{field}=" for field in missing)
        shown = ", ".join(str(name) for name in names[:_SHOWN]) or "none"
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise InputError(
            f"there is no column {asked}; the columns are {shown}{more} ({others} names another)"
        )


def _frame_rows(frame: "Frame", columns: InputSettings, keep: Sequence[str]) -> Iterator[Row]:
    """Each row of the frame, of the columns that hold an ad and those to `keep` alone."""
    from isco.frames import cells

    wanted = (
        columns.id, columns.title, columns.description, columns.language, columns.isco_code,
        *keep,
    )  # fmt: skip
    names = [name for name in dict.fromkeys(wanted) if name in frame.columns]
    found: Sequence[list[Any]] = [cells(frame[name]) for name in names]
    for row, values in enumerate(zip(*found, strict=True), start=1):
        yield _of_fields(dict(zip(names, values, strict=True)), row, columns)


def _row(ad: Any, row: int, columns: InputSettings) -> Row:
    if isinstance(ad, Ad):
        return replace(
            ad, id=ad.id or str(row), row=row, line=row, numbered=ad.numbered or not ad.id
        )
    if isinstance(ad, BrokenRow):
        return ad
    if isinstance(ad, Mapping):
        return _of_fields(ad, row, columns)
    if isinstance(ad, str) or _is_missing(ad):
        return _of_fields({columns.title: ad}, row, columns)
    raise InputError(f"ad {row} is of type {_kind(ad)}; a text, a dict or an isco.Ad is expected")


def _of_fields(fields: Mapping[str, Any], row: int, columns: InputSettings) -> Row:
    plain = {name: _plain(value) for name, value in fields.items()}
    for name in (columns.id, columns.isco_code):
        value = plain.get(name)
        # Whole numbers become fractions in a pandas column where one is missing.
        if isinstance(value, float) and value.is_integer():
            plain[name] = int(value)
    return to_ad(plain, row, row, columns)


def _plain(value: Any) -> Any:
    """`value` as Python's own type, None where it is missing."""
    if _is_missing(value):
        return None
    # NumPy's numbers, which are not Python's.
    as_item = getattr(value, "item", None)
    if callable(as_item) and getattr(value, "shape", None) == ():
        return _plain(as_item()) if type(as_item()) is not type(value) else value
    return value


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in _MISSING:
        return True
    return isinstance(value, float) and not math.isfinite(value)


def _kind(value: object) -> str:
    return type(value).__name__
