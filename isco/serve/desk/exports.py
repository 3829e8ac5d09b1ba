"""What leaves the desk: the decisions that count as a coder's sheet, and the audit trail."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from isco.core.formulas import without_formula
from isco.core.settings import InputSettings
from isco.review.decisions import CODER
from isco.review.sheet import (
    DECIDED_WITH,
    DRAWN,
    LIKE_IDS,
    MACHINE_CODE,
    MACHINE_CONFIDENCE,
    NOTE,
)
from isco.serve.desk.desk import Desk
from isco.serve.desk.entries import Entry


def decisions_as_sheet(desk: Desk, columns: InputSettings) -> Iterator[str]:
    """The decisions that count, as `isco learn` and `isco merge` read a sheet, line by line."""
    yield _line(
        [columns.id, columns.title, columns.description, columns.isco_code, NOTE, CODER,
         MACHINE_CODE, MACHINE_CONFIDENCE, DRAWN, DECIDED_WITH, LIKE_IDS]
    )  # fmt: skip
    for ad, standing in desk.standings():
        if (final := standing.final) is None:
            continue
        lead = desk.decided_with(ad.key)
        yield _line(
            [ad.id, ad.title, ad.text, final.said, final.note, final.coder,
             ad.answer.isco_code or "", str(ad.answer.confidence), str(ad.drawn or ""),
             lead.id if lead else "", "[]"]
        )  # fmt: skip


def audit_trail(entries: Iterable[Entry]) -> Iterator[str]:
    """Every entry as a JSON object a line, the oldest first."""
    for entry in entries:
        yield json.dumps({**asdict(entry), "kind": str(entry.kind)}, ensure_ascii=False) + "\n"


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(without_formula, cells))
    return line.getvalue()
