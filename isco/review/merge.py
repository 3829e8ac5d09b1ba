"""The final file: all predictions, with what people decided in their place."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from isco.core.atomic_write import put_in_place
from isco.core.errors import ConfigError, UnavailableError
from isco.core.settings import Settings
from isco.review.codes import label_reader
from isco.review.merging import COLUMNS, PERSON, Decided, Disagreement, merged_row
from isco.review.random_share import DrawnAccuracy, drawn_accuracy
from isco.review.reading import read_answers
from isco.review.sheets import ReadSheets, RefusedRow, read_sheets

EXAMPLES = 5


@dataclass(frozen=True)
class MergeSummary:
    """A final file of `ads`, `by_people` of them decided by people, `coded` with a code.

    `blank` rows of the sheets were not decided, `refused` could not be used. `missing` are ads of
    the sheets that the predictions do not have; `repeated` decisions of the same sheet on the same
    ad count among the `disagreements` where they differ.
    """

    ads: int
    by_people: int
    coded: int
    decisions: int
    blank: int
    refused: tuple[RefusedRow, ...]
    missing: tuple[str, ...]
    disagreements: tuple[Disagreement, ...]
    drawn: DrawnAccuracy | None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "ads": self.ads,
            "by_people": self.by_people,
            "coded": self.coded,
            "decisions": self.decisions,
            "blank": self.blank,
            "refused": [asdict(row) for row in self.refused],
            "missing": list(self.missing),
            "disagreements": [asdict(each) for each in self.disagreements],
            "drawn_at_random": self.drawn and self.drawn.as_dict(),
        }


def merge(settings: Settings, codes: str, sheets: Sequence[str], output: Path) -> MergeSummary:
    """Write the final file, CSV or JSONL by its name, which appears when it is whole.

    The predictions are read twice. Raises InputError for what are no predictions or no sheet,
    ConfigError for another name, UnavailableError where nothing is ingested.
    """
    kind = output.suffix.lower()
    if kind not in (".csv", ".jsonl"):
        raise ConfigError(f"{output}: the final file is a .csv or a .jsonl file; name it so")
    labels = label_reader(settings)
    read = read_sheets(settings, sheets, labels)
    decided = Decided.of(read.decisions)
    times: Counter[str] = Counter()
    own: dict[str, None] = {}
    for answer in read_answers(codes):
        extra = answer.row.get("extra")
        own.update(dict.fromkeys(extra if isinstance(extra, Mapping) else ()))
        if answer.id in decided.by_id:
            times[answer.id] += 1
    counts: Counter[str] = Counter()
    used: set[str] = set()

    def rows() -> Iterator[dict[str, Any]]:
        for answer in read_answers(codes):
            decision = decided.on(answer, times[answer.id] < 2)
            if decision:
                used.add(answer.id)
            row = merged_row(answer, decision, labels.titles)
            counts["ads"] += 1
            counts["by_people"] += row["decided_by"] == PERSON
            counts["coded"] += row["isco_code"] is not None
            yield row

    names = [*COLUMNS, *(name for name in own if name not in COLUMNS)]
    _write(output, kind, names, rows())
    return _summary(read, decided, counts, used)


def _summary(
    read: ReadSheets, decided: Decided, counts: Mapping[str, int], used: set[str]
) -> MergeSummary:
    return MergeSummary(
        ads=counts["ads"],
        by_people=counts["by_people"],
        coded=counts["coded"],
        decisions=len(read.decisions),
        blank=read.blank,
        refused=read.refused,
        missing=tuple(ad_id for ad_id in decided.by_id if ad_id not in used),
        disagreements=decided.disagreements,
        # What was said last of an ad, as everywhere.
        drawn=drawn_accuracy(
            decided.by_id[each.id]
            for each in {each.id: each for each in read.decisions if each.drawn}.values()
        ),
    )


def _write(path: Path, kind: str, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", errors="replace", newline="") as stream:
            if kind == ".jsonl":
                for row in rows:
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            else:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(names)
                writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
        put_in_place(unfinished, path)
    except OSError as error:
        raise UnavailableError(f"can't write {path}: {error.strerror or error}") from error


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
