"""A file of predictions with what the tables have for each ad."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isco.core.flat_columns import (
    FIRST,
    OCCUPATION_COLUMNS,
    cells_of_tables,
    occupation_cells,
)
from isco.core.records import NESTED_KEYS, PREDICTION_KEYS
from isco.crosswalk.crosswalks import Crosswalks
from isco.crosswalk.joining import Via
from isco.crosswalk.rows import WITHOUT_JOB
from isco.review.answers import AnsweredAd, nested
from isco.review.reading import read_answers
from isco.review.row_files import CSV, kind_of_rows, write_rows

KEY = "crosswalks"
_ANSWER = (
    "isco_code", "isco_label", "level", "confidence", "path", "best_code", "best_label",
    "best_confidence", *OCCUPATION_COLUMNS, "language", "reason",
)  # fmt: skip


@dataclass
class Conversion:
    """What came of it. Each counter is by table: ads with a code or value, those whose first target
    is ambiguous, was reached by the unit group, or is a shorter code. `unknown` are occupations of
    the predictions that the taxonomy in use does not have, by URI."""

    ads: int = 0
    without_job: int = 0
    coded: Counter[str] = field(default_factory=Counter)
    ambiguous: Counter[str] = field(default_factory=Counter)
    by_group: Counter[str] = field(default_factory=Counter)
    shorter: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "ads": self.ads,
            "without_job": self.without_job,
            "tables": {
                name: {
                    "coded": self.coded[name],
                    "ambiguous": self.ambiguous[name],
                    "by_unit_group": self.by_group[name],
                    "shorter": self.shorter[name],
                }
                for name in self.coded
            },
            "unknown_occupations": dict(self.unknown),
        }

    def add(self, answer: AnsweredAd, results: Mapping[str, Any], units: Mapping[str, str]) -> None:
        """Count one ad; `units` are those of the occupations that are known, by URI."""
        self.ads += 1
        self.without_job += answer.path in WITHOUT_JOB
        self.unknown.update(each.uri for each in answer.occupations if each.uri not in units)
        for name, result in results.items():
            found = result.get("value") if "value" in result else result["code"]
            self.coded[name] += found is not None
            if found is not None and "value" not in result:
                self.ambiguous[name] += result["ambiguous"]
                self.by_group[name] += result["via"] == Via.GROUP
                self.shorter[name] += result["source"] is None


def converted(
    codes: str, crosswalks: Crosswalks, target: float | None, told: Conversion
) -> Iterator[tuple[AnsweredAd, dict[str, dict[str, Any]]]]:
    """The answers of a file of predictions with what the tables have, counted in `told`.

    Raises InputError for what is no file of predictions.
    """
    for crosswalk, _ in crosswalks.tables:
        told.coded[crosswalk.table.name] = 0
    for answer, results in crosswalks.results(read_answers(codes), target):
        told.add(answer, results, crosswalks.tables[0][0].taxonomy.units)
        yield answer, results


def convert(
    codes: str,
    output: Path | None,
    crosswalks: Crosswalks,
    target: float | None,
    show: Callable[[str], None],
) -> Conversion:
    """Write all of it into `output`, CSV or JSONL by its name; without one `show` is given the
    lines. Raises ConfigError for another name, UnavailableError when it can't be written."""
    told = Conversion()
    found = converted(codes, crosswalks, target, told)
    if output is None:
        for answer, results in found:
            show(json.dumps(nested_row(answer, results), ensure_ascii=False))
        return told
    kind = kind_of_rows(output)
    if kind != CSV:
        write_rows(output, kind, (), (nested_row(*each) for each in found))
        return told
    own: dict[str, None] = {}
    for answer in read_answers(codes):
        own.update(dict.fromkeys(answer.own))
    known = (*FIRST, *_ANSWER, *crosswalks.columns)
    names = [name for name in own if name not in known]
    columns = [*FIRST, *names, *_ANSWER, *crosswalks.columns]
    write_rows(output, kind, columns, (_flat_row(*each) for each in found))
    return told


def nested_row(answer: AnsweredAd, results: Mapping[str, Any]) -> dict[str, Any]:
    """The row as it was read, keys in the order of the contract, and `crosswalks`: those of the
    row, where it had some, and the `results`."""
    known = [name for name in (*FIRST, *PREDICTION_KEYS) if name in answer.row]
    row = {name: answer.row[name] for name in dict.fromkeys((*known, *answer.row))}
    row |= {name: nested(row, name) for name in NESTED_KEYS if name in row}
    return row | {KEY: {**(row.get(KEY) or {}), **results}}


def _flat_row(answer: AnsweredAd, results: Mapping[str, Any]) -> dict[str, Any]:
    occupation = zip(OCCUPATION_COLUMNS, occupation_cells(answer.occupation), strict=True)
    row = {**answer.own, **{name: answer.row.get(name) for name in _ANSWER}, **dict(occupation)}
    return row | {"id": answer.id, "title": answer.title} | cells_of_tables(results)
