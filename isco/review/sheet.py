"""A coder's sheet: what stands in which column. Pure.

The ad's own columns are called as the configuration has them, so that `isco learn` takes the sheet
back as it takes any labelled ads. Columns after the note are the program's own.
"""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isco.core.settings import InputSettings
from isco.review.answers import CandidateCode
from isco.review.queue import Group

NOTE = "note"
ADS = "ads"
MACHINE_CODE = "machine_code"
MACHINE_CONFIDENCE = "machine_confidence"
DRAWN = "drawn_at_random"
LIKE_IDS = "like_ids"
# Of an ad that was decided together with another: that one's id.
DECIDED_WITH = "decided_with"
# Of one row; the rest of the ads get a row of their own. A cell of Excel holds 32,767 characters.
LONGEST_CELL = 30_000
CANDIDATES = 5


class Column(NamedTuple):
    """A column: its name, how wide it is in characters, and whether people need to see it."""

    name: str
    width: int
    shown: bool = True


def columns_of(columns: InputSettings, own: Sequence[str] = ()) -> list[Column]:
    """The columns of a sheet; `own` are further ones of the ads, as the user calls them."""
    return [
        Column(columns.id, 12),
        Column(columns.title, 36),
        Column(columns.description, 70),
        *(Column(name, 20) for name in own),
        Column(ADS, 6),
        *(Column(f"candidate_{place}", 30) for place in range(1, CANDIDATES + 1)),
        Column(columns.isco_code, 12),
        Column(NOTE, 30),
        Column(MACHINE_CODE, 12, shown=False),
        Column(MACHINE_CONFIDENCE, 12, shown=False),
        Column(DRAWN, 12, shown=False),
        Column(LIKE_IDS, 12, shown=False),
    ]


def sheet_rows(groups: Sequence[Group], own: Sequence[str] = ()) -> Iterator[list[str]]:
    """Cells in the order of `columns_of`, one row a group.

    A group whose ids are too many for a cell has several rows, each with ads of its own.
    """
    for group in groups:
        shown = group.shown
        codes = [candidate_text(code) for code in shown.codes[:CANDIDATES]]
        parts = _parts([ad.id for ad in group.ads[1:]])
        for place, ids in enumerate(parts):
            yield [
                shown.id if not place else ids[0],
                shown.title,
                shown.text,
                *(_cell(shown.own.get(name, shown.row.get(name))) for name in own),
                str(len(ids) + (not place)),
                *codes,
                *[""] * (CANDIDATES - len(codes)),
                "",
                "",
                shown.isco_code or "",
                f"{shown.confidence:.4f}" if shown.isco_code else "",
                str(group.drawn) if group.drawn and not place else "",
                json.dumps(ids if not place else ids[1:], ensure_ascii=False),
            ]


def candidate_text(code: CandidateCode) -> str:
    """A candidate as people read it: "2512 Software developers (62%)"."""
    return f"{code.isco_code} {code.isco_label} ({code.probability:.0%})"


def _parts(ids: Sequence[str]) -> list[list[str]]:
    """The ids in lists that each fit a cell; at least one list."""
    parts: list[list[str]] = [[]]
    room = LONGEST_CELL
    for each in ids:
        # As JSON has it, with quotes, comma and what must be escaped.
        size = len(json.dumps(each, ensure_ascii=False)) + 2
        if size > room and parts[-1]:
            parts.append([])
            room = LONGEST_CELL
        parts[-1].append(each)
        room -= size
    return parts


def _cell(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
