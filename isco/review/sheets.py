"""Sheets made of predictions, and read back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from isco.core.records import BrokenRow
from isco.core.settings import Settings
from isco.retriever.labelled.labels import LabelReader
from isco.retriever.reading.text_files import read_ads
from isco.review.codes import label_reader
from isco.review.decisions import Decision, decision_of
from isco.review.queue import Queue, make_queue
from isco.review.reading import read_answers
from isco.review.sheet import columns_of, sheet_rows
from isco.review.sheet_files import write_sheet


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: see `make_queue`. `own` are columns of the ads to show besides."""

    below: float
    budget: int | None
    random_share: float
    seed: int
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetSummary:
    """What stands in a sheet: `rows` decisions on `ads` ads, of which `random_rows` on accepted
    ads that were drawn. The rest counts ads of the predictions; `decisions_left` are those on
    unsure ads that the budget leaves out, `numbered` says whether the ads had no ids of their own.
    """

    rows: int
    ads: int
    random_rows: int
    accepted: int
    unsure: int
    not_asked: int
    decisions_left: int
    numbered: bool

    @staticmethod
    def of(queue: Queue, numbered: bool) -> "SheetSummary":
        """Of the queue that it holds."""
        drawn = sum(group.at_random for group in queue.groups)
        return SheetSummary(
            rows=len(queue.groups),
            ads=sum(len(group.ads) for group in queue.groups),
            random_rows=drawn,
            accepted=queue.accepted,
            unsure=queue.unsure,
            not_asked=queue.not_asked,
            decisions_left=queue.groups_unsure - (len(queue.groups) - drawn),
            numbered=numbered,
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {name: getattr(self, name) for name in self.__slots__}


def make_sheet(settings: Settings, codes: str, sheet: Path, asked: Asked) -> SheetSummary:
    """A coder's sheet of the predictions in `codes`.

    Raises InputError for what are no predictions, ConfigError and UnavailableError as
    `write_sheet`; of a workbook, which lists the codes, UnavailableError where nothing is ingested.
    """
    answers = [
        # What is not shown is not kept: a run may have millions.
        answer if asked.own else replace(answer, row={})
        for answer in read_answers(codes)
    ]
    queue = make_queue(answers, asked.below, asked.budget, asked.random_share, asked.seed)
    titles = label_reader(settings).titles if sheet.suffix.lower() == ".xlsx" else {}
    columns = columns_of(settings.input, asked.own)
    rows = sheet_rows(queue.groups, asked.own)
    write_sheet(sheet, columns, rows, settings.input.isco_code, titles)
    # What an ad without an id is called: docs/formats.md.
    numbered = bool(answers) and all(
        answer.id in (str(answer.position + 1), f"row-{answer.position + 1}") for answer in answers
    )
    return SheetSummary.of(queue, numbered)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of a sheet that decides nothing because something is wrong with it."""

    sheet: str
    line: int
    id: str
    reason: str


@dataclass(frozen=True)
class ReadSheets:
    """The `decisions` of sheets in their order; `blank` rows have none yet."""

    decisions: tuple[Decision, ...]
    refused: tuple[RefusedRow, ...]
    blank: int


def read_sheets(settings: Settings, sheets: Sequence[str], labels: LabelReader) -> ReadSheets:
    """What people decided. Raises InputError for a sheet that can't be read at all."""
    decisions: list[Decision] = []
    refused: list[RefusedRow] = []
    blank = 0
    for sheet in sheets:
        for found in _decisions(settings, sheet, labels):
            if isinstance(found, Decision):
                decisions.append(found)
            elif isinstance(found, RefusedRow):
                refused.append(found)
            else:
                blank += 1
    return ReadSheets(tuple(decisions), tuple(refused), blank)


def _decisions(
    settings: Settings, sheet: str, labels: LabelReader
) -> Iterator[Decision | RefusedRow | None]:
    name = Path(sheet).name
    for row in read_ads(sheet, settings.input):
        if isinstance(row, BrokenRow):
            yield RefusedRow(name, row.line, row.id, row.reason)
            continue
        try:
            if row.isco_code and row.numbered:
                raise ValueError("it has no id, so that nobody knows which ad it is for")
            yield decision_of(row, labels, name)
        except ValueError as error:
            yield RefusedRow(name, row.line, row.id, str(error))
