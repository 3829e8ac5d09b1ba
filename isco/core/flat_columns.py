"""The columns of predictions in a CSV file: known to who writes it, and to who reads it back."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from isco.core.records import Occupation

FIRST = ("id", "title")
OCCUPATION_COLUMNS = ("occupation_uri", "occupation_label", "occupation_probability")
ANSWER = (
    "isco_code", "isco_label", "level", "confidence", "path", "best_code", "best_label",
    "best_confidence", *OCCUPATION_COLUMNS, "candidate_1", "candidate_2",
    "candidate_3", "language", "reason",
)  # fmt: skip

_CROSSWALK = ("code", "label", "probability", "relation", "via", "ambiguous", "candidates")
_SCALE = ("value", "probability")


def own_between(header: Sequence[str]) -> tuple[str, ...] | None:
    """The columns of the ads' own in a header of such a file; None for that of another one."""
    begins, ends = tuple(header[: len(FIRST)]), tuple(header[-len(ANSWER) :])
    if (begins, ends) != (FIRST, ANSWER):
        return None
    return tuple(header[len(FIRST) : -len(ANSWER)])


def is_flat(header: Collection[str]) -> bool:
    """Whether a table with those columns is such a file, be it that people have added others.

    Those of the occupation may lack: earlier releases had none.
    """
    return {*FIRST, *ANSWER} - {*OCCUPATION_COLUMNS} <= set(header)


def occupation_cells(found: Occupation | None) -> tuple[str | None, str | None, float | None]:
    """What stands in `OCCUPATION_COLUMNS`."""
    return (found.uri, found.label, found.probability) if found else (None, None, None)


def crosswalk_cells(result: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The columns of a mapping table that is called `name`, with what it has for an ad."""
    columns = _SCALE if "value" in result else _CROSSWALK
    return {f"{name}_{column}": _crosswalk_cell(column, result[column]) for column in columns}


def cells_of_tables(results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The columns of all mapping tables, whose results for an ad are given by their names."""
    return {
        column: cell
        for name, result in results.items()
        for column, cell in crosswalk_cells(result, name).items()
    }


def kind_of_cells(column: str) -> type:
    """Of what stands in one of these columns."""
    last = column.rpartition("_")[2]
    return {"probability": float, "value": float, "ambiguous": bool}.get(last, str)


def _crosswalk_cell(column: str, value: Any) -> Any:
    if column != "candidates":
        return value
    return "; ".join(
        f"{each['code']} {each['label'] or ''}".rstrip() + f" ({each['probability']:.0%})"
        for each in value
    )
