"""Reading takes as much memory for a large file as for a small one, whatever its format."""

import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from isco.core.settings import InputSettings
from isco.retriever.reading.lines import ROW_BYTES
from isco.retriever.reading.text_files import read_ads

FEW, MANY = 1_000, 10_000
TEXT = "You bake bread at night, in a bakery of ten people. " * 12
ROW = {"id": "1", "title": "Baker", "description": TEXT}
CSV_ROW = f'1,Baker,"{TEXT}"\n'


def written(path: Path, pieces: Iterator[str]) -> None:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as stream:
        stream.writelines(pieces)


def as_lines(path: Path, rows: int) -> None:
    written(path, (json.dumps(ROW) + "\n" for _ in range(rows)))


def as_csv(path: Path, rows: int) -> None:
    written(path, chain(["id,title,description\n"], (CSV_ROW for _ in range(rows))))


def as_swallowing_csv(path: Path, rows: int) -> None:
    """A quote opens a field in the first row, and none ever closes it."""
    first = ["id,title,description\n", '0,Cook,"You cook\n']
    written(path, chain(first, ("1,Baker,You bake bread.\n" for _ in range(rows))))


def as_array(path: Path, rows: int) -> None:
    written(path, chain(["[\n"], (json.dumps(ROW) + ",\n" for _ in range(rows)), ["{}]"]))


def as_table(path: Path, rows: int) -> None:
    table = pyarrow.Table.from_pylist([ROW])
    with pyarrow.parquet.ParquetWriter(path, table.schema) as writer:
        for _ in range(rows // 1_000):
            writer.write_table(pyarrow.concat_tables([table] * 1_000))


def peak(path: Path) -> int:
    """Bytes of Python's memory at the most while a file is read, row by row."""
    tracemalloc.start()
    try:
        for _ in read_ads(str(path), InputSettings()):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("ads.jsonl", as_lines),
        ("ads.jsonl.gz", as_lines),
        ("ads.csv", as_csv),
        ("ads.json", as_array),
        ("ads.parquet", as_table),
    ],
)
def test_ten_times_the_rows_take_no_more_memory(
    tmp_path: Path, name: str, write: Callable[[Path, int], None]
) -> None:
    few, many = tmp_path / f"few-{name}", tmp_path / f"many-{name}"
    write(few, FEW)
    write(many, MANY)
    # The first reading of all imports what it needs.
    peak(few)
    assert peak(many) < 1.5 * peak(few) + 2**20


def test_a_quote_that_never_closes_keeps_a_bounded_number_of_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isco.retriever.reading.csv_records._MOST_LINES", FEW // 2)
    few, many = tmp_path / "few.csv", tmp_path / "many.csv"
    as_swallowing_csv(few, FEW)
    as_swallowing_csv(many, MANY)
    peak(few)
    assert peak(many) < 1.5 * peak(few) + 2**20


def test_a_line_without_an_end_takes_no_more_than_a_row_may(tmp_path: Path) -> None:
    path = tmp_path / "ads.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(b'{"id": "1", "title": "')
        for _ in range(4):
            stream.write(b"x" * ROW_BYTES)
        stream.write(b'"}\n')
    assert peak(path) < 4 * ROW_BYTES
