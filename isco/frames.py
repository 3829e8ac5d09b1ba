"""Frames of pandas, polars or pyarrow, by way of narwhals: cells out of them, columns into them."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
from narwhals.exceptions import DuplicateError, NarwhalsError

from isco.core.errors import InputError, UnavailableError

Frame = nw.DataFrame[Any]
Column = nw.Series[Any]
BACKENDS = ("pandas", "polars", "pyarrow")

_TYPES: Mapping[type, Any] = {str: nw.String, int: nw.Int64, float: nw.Float64}


def as_frame_or_column(given: Any) -> Frame | Column | None:
    """`given` as narwhals sees it; None for what is neither a frame nor a column of one.

    Raises InputError for a lazy frame, and for one with two columns of the same name.
    """
    try:
        found = nw.from_native(given, pass_through=True, allow_series=True)
    except DuplicateError as error:
        raise InputError("the frame has two columns of one name: rename one of them") from error
    if isinstance(found, nw.LazyFrame):
        raise InputError("the frame is lazy: collect() it first")
    return found if isinstance(found, nw.DataFrame | nw.Series) else None


def cells(column: Column) -> list[Any]:
    """The values as Python's own, None for what pandas, polars or pyarrow take for missing."""
    missing = column.is_null().to_list()
    return [
        None if absent else value for value, absent in zip(column.to_list(), missing, strict=True)
    ]


def with_columns(frame: Frame, added: Mapping[str, tuple[type, Sequence[Any]]]) -> Any:
    """The frame as it was given, its index, order and columns kept, and `added` after them.

    `added` are types (str, int or float) and values by name. Raises InputError for a frame that
    can't be added to.
    """
    try:
        columns = [
            nw.new_series(name, values, _TYPES[kind], backend=frame.implementation)
            for name, (kind, values) in added.items()
        ]
        return frame.with_columns(*columns).to_native()
    except NarwhalsError as error:
        raise InputError(f"columns can't be added to the frame: {error}") from error


def require_free(frame: Frame, names: Sequence[str]) -> None:
    """Raise InputError when the frame has one of those columns already."""
    taken = ", ".join(repr(name) for name in names if name in frame.columns)
    if taken:
        raise InputError(
            f"the frame has {taken} already: prefix='predicted_' names the new columns otherwise, "
            "or drop what is there first"
        )


def new_frame(columns: Mapping[str, tuple[type, Sequence[Any]]], backend: str | None) -> Any:
    """A frame of `backend`; by default of the first that is imported, or else installed.

    Raises InputError for a backend that is not known, UnavailableError for one that is not there.
    """
    chosen = _installed() if backend is None else backend
    if chosen not in BACKENDS:
        raise InputError(f"{chosen!r} makes no frames; one of {', '.join(BACKENDS)} is expected")
    values = {name: list(cells) for name, (_, cells) in columns.items()}
    schema = nw.Schema({name: _TYPES[kind]() for name, (kind, _) in columns.items()})
    try:
        return nw.from_dict(values, schema, backend=chosen).to_native()  # type: ignore[arg-type]
    except ModuleNotFoundError as error:
        raise UnavailableError(f"{chosen} is not installed: pip install {chosen}") from error


def _installed() -> str:
    imported = [name for name in BACKENDS if name in sys.modules]
    for name in (*imported, *BACKENDS):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        return name
    raise UnavailableError("a frame needs pandas, polars or pyarrow: pip install pandas")
