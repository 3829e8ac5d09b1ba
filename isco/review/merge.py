"""The final file: all predictions, with what people decided in their place."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from isco.core.settings import Settings
from isco.review.codes import label_reader
from isco.review.merging import COLUMNS, PERSON, Decided, Disagreement, merged_row, own_column
from isco.review.random_share import DrawnAccuracy, drawn_accuracy
from isco.review.reading import read_answers
from isco.review.row_files import kind_of_rows, write_rows
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
    kind = kind_of_rows(output)
    labels = label_reader(settings)
    read = read_sheets(settings, sheets, labels)
    decided = Decided.of(read.decisions)
    times: Counter[str] = Counter()
    own: dict[str, None] = {}
    for answer in read_answers(codes):
        own.update(dict.fromkeys(map(own_column, answer.own)))
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

    write_rows(output, kind, [*COLUMNS, *own], rows())
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
