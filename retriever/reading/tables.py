"""What all tables have in common: a header, whose names say what is in which column."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from isco.core.errors import InputError
from isco.core.records import Row
from isco.core.settings import InputSettings
from isco.retriever.reading.column_check import FieldCheck
from isco.retriever.reading.rows import with_made_up_id
from isco.retriever.reading.shapes import as_it_comes


def column_names(header: Iterable[str], name: str) -> list[str]:
    """The names in a header; a column without one is called by its place.

    Raises InputError where two have the same name.
    """
    names = [each.strip() for each in header]
    require_once([each for each in names if each], name)
    return [each or f"column {place}" for place, each in enumerate(names, start=1)]


def require_once(names: Collection[str], name: str) -> None:
    """Raise InputError where two columns have the same name."""
    for each, times in Counter(names).items():
        if times > 1:
            raise InputError(
                f"{name} has {times} columns {each!r}, of which only one could be read: give "
                "each a name of its own"
            )


def check_table(header: Mapping[str, Any], columns: InputSettings, name: str) -> InputSettings:
    """The columns in which the ads of a table are that has columns as the fields of `header`.

    Raises InputError where it has none of an ad, or not one that was asked for. Warns where it has
    titles or texts alone, though there are other columns.
    """
    places = as_it_comes(header, columns)[1]
    check = FieldCheck(columns, name, "column")
    check.see(header, places)
    check.require_ad()
    check.close()
    return places


def named_rows(rows: Iterable[Row], named: bool) -> Iterator[Row]:
    """`rows` of a table, made-up ids being no numbers where it has a column of ids."""
    return (with_made_up_id(row, named) for row in rows)
