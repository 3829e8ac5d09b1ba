"""Folders of part files: what is done stays done, and nothing else is taken for it."""

import json
import os
from dataclasses import replace

import pyarrow.parquet
import pytest

from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Ad, BrokenRow, Prediction, PredictionPath, Versions
from isco.retriever.running.flat_csv import PLAIN_CSV
from isco.retriever.running.part_folder import SUCCESS, PartFolder
from isco.retriever.running.parts import parts_of

VERSIONS = Versions(taxonomy="t", embedding="e", llm=None, prompts=None, software="0")
FILES = ["a.jsonl", "b.jsonl"]
# Three chunks of two, two chunks a part: two parts of 4 and 1 rows.
ROWS = [
    Ad("1", "Cook", "Cooks.", 1, 1, extra={"city": "Linz"}),
    BrokenRow("2", 2, 2, "line 2 is not JSON", numbered=True),
    *(Ad(str(row), f"Baker {row}", "", row, row) for row in range(3, 6)),
]


def parts(rows=ROWS, file_number=0):
    return list(parts_of(file_number, rows, chunk=2, size=2))


def predictions(part):
    return [
        Prediction(
            id=row.id, isco_code=None, isco_label=None, level=0, confidence=0.0,
            path=PredictionPath.ERROR if isinstance(row, BrokenRow) else PredictionPath.VOTE,
            best_code=None, best_label=None, best_confidence=0.0, reason="", language=None,
            candidates=(), profile=None, versions=VERSIONS,
        )
        for chunk in part.chunks
        for row in chunk
    ]  # fmt: skip


@pytest.fixture
def output(tmp_path):
    return tmp_path / "codes"


@pytest.fixture
def begin(output):
    """Begins a run, which may differ from the usual one."""

    def start(kind="jsonl", mark="mark", files=FILES, resume=None, further=()):
        folder = PartFolder(output, kind, mark, replace(PLAIN_CSV, further=further))
        folder.begin(files, resume)
        return folder

    return start


@pytest.fixture
def finished(begin):
    """A folder with both parts, whole."""
    folder = begin()
    for part in parts():
        folder.write(part, predictions(part))
    folder.finish([part.name for part in parts()])
    return folder


def visible(output):
    return sorted(path.name for path in output.iterdir() if path.name[0] not in "._")


def test_parts_are_runs_of_chunks_named_by_their_place_in_the_input():
    first, second = parts(file_number=3)
    assert (first.name, second.name) == ("part-000003-000000", "part-000003-000001")
    assert [[row.id for row in chunk] for chunk in first.chunks] == [["1", "2"], ["3", "4"]]
    assert [[row.id for row in chunk] for chunk in second.chunks] == [["5"]]
    assert (first.rows, second.rows) == (4, 1)


def test_a_file_without_rows_has_no_parts():
    assert parts([]) == []


def test_a_finished_folder_has_part_files_in_the_order_of_the_input_and_the_mark(finished, output):
    assert visible(output) == ["part-000000-000000.jsonl", "part-000000-000001.jsonl"]
    lines = [
        json.loads(line)["id"]
        for name in visible(output)
        for line in (output / name).read_text().splitlines()
    ]
    assert lines == ["1", "2", "3", "4", "5"]
    assert (output / SUCCESS).read_bytes() == b""
    assert not (output / "_temporary").exists()


def test_csv_parts_have_a_header_each(begin, output):
    folder = begin("csv")
    for part in parts():
        folder.write(part, predictions(part))
    heads = [(output / name).read_text().splitlines()[0] for name in visible(output)]
    assert len(heads) == 2
    assert all(head.startswith("id,title,isco_code,") for head in heads)


def test_a_folder_of_parquet_parts_is_one_table_for_those_who_read_such(begin, output):
    folder = begin("parquet", further=("isei_value",))
    for part in parts():
        folder.write(part, predictions(part))
    folder.finish([part.name for part in parts()])
    table = pyarrow.parquet.read_table(output)
    assert table["id"].to_pylist() == ["1", "2", "3", "4", "5"]


def test_the_record_of_a_part_says_what_is_in_it(begin):
    folder = begin()
    first, second = parts()
    folder.write(first, predictions(first))
    record = folder.done(first)
    assert record is not None
    assert (record.rows, record.paths) == (4, {"vote": 3, "error": 1})
    assert folder.done(second) is None


def test_another_run_of_the_same_goes_on_and_takes_the_mark_away_until_it_is_whole_again(
    finished, begin, output
):
    folder = begin()
    assert all(folder.done(part) for part in parts())
    assert not (output / SUCCESS).exists()


@pytest.mark.parametrize("lost", ["part-000000-000000.jsonl", "_parts/part-000000-000000.json"])
def test_a_part_without_its_file_or_record_is_made_again(finished, begin, output, lost):
    (output / lost).unlink()
    first, second = parts()
    assert begin().done(first) is None
    assert begin().done(second)


def test_starting_over_forgets_every_part(finished, begin, output):
    folder = begin(mark="other", resume=False)
    assert visible(output) == []
    assert folder.done(parts()[0]) is None


@pytest.mark.parametrize("resume", [None, True])
def test_the_output_of_another_configuration_is_refused_and_left_as_it_is(
    finished, begin, output, resume
):
    with pytest.raises(ConfigError, match=r"another configuration .* --no-resume to start over"):
        begin(mark="other", resume=resume)
    assert len(visible(output)) == 2
    assert (output / SUCCESS).exists()


@pytest.mark.parametrize("files", [["b.jsonl"], ["a.jsonl"], ["a.jsonl", "aa.jsonl", "b.jsonl"]])
def test_the_output_of_other_files_is_refused(finished, begin, files):
    with pytest.raises(ConfigError, match=r"other files .*\(--no-resume starts over\)"):
        begin(files=files)


def test_files_may_come_after_the_last_one(finished, begin):
    assert begin(files=[*FILES, "c.jsonl"]).done(parts()[0])


@pytest.mark.parametrize("resume", [None, True, False])
def test_a_folder_with_anything_else_is_never_touched(begin, output, resume):
    output.mkdir()
    (output / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match=r"has not written, such as thesis\.txt"):
        begin(resume=resume)
    assert [path.name for path in output.iterdir()] == ["thesis.txt"]


def test_an_empty_folder_is_taken(begin, output):
    output.mkdir()
    assert begin().done(parts()[0]) is None


def test_a_file_in_the_place_of_the_folder_is_refused(begin, output):
    output.write_text("codes")
    with pytest.raises(ConfigError, match="is a file, but the parts need a folder"):
        begin()


CHANGES = {
    "title": Ad("1", "Chef", "Cooks.", 1, 1, extra={"city": "Linz"}),
    "description": Ad("1", "Cook", "Cooks", 1, 1, extra={"city": "Linz"}),
    "extra": Ad("1", "Cook", "Cooks.", 1, 1, extra={"city": "Graz"}),
    "language": Ad("1", "Cook", "Cooks.", 1, 1, language="en", extra={"city": "Linz"}),
    "id": Ad("0", "Cook", "Cooks.", 1, 1, extra={"city": "Linz"}),
    "broken": BrokenRow("1", 1, 1, "line 1 is not JSON"),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_a_part_of_other_ads_than_the_input_has_there_is_refused(finished, begin, changed):
    first = parts([CHANGES[changed], *ROWS[1:]])[0]
    with pytest.raises(ConfigError, match=r"part-000000-000000\.jsonl was made from other ads"):
        begin().done(first)


def test_a_part_that_has_more_rows_now_is_made_again_and_one_with_fewer_is_refused(finished, begin):
    more = [*ROWS, Ad("6", "Chef", "", 6, 6)]
    assert begin().done(parts(more)[1]) is None
    with pytest.raises(ConfigError, match="other ads than the input has there"):
        begin().done(parts(ROWS[:3])[0])


def test_a_folder_with_more_parts_than_the_input_is_not_called_whole(finished, begin, output):
    folder = begin()
    with pytest.raises(ConfigError, match=r"holds more than the input: 1 parts, .*-000001"):
        folder.finish(["part-000000-000000"])
    assert not (output / SUCCESS).exists()


def test_a_part_that_is_cut_off_while_it_is_written_has_no_name(begin, output, monkeypatch):
    folder = begin()
    part = parts()[0]

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnavailableError, match=r"can't write .*codes: No space left"):
        folder.write(part, predictions(part))
    assert visible(output) == []
    assert folder.done(part) is None


def test_a_part_that_workers_do_not_survive_ends_the_run_instead_of_going_round(begin):
    folder = begin()
    deadly, harmless = parts()
    for _ in range(5):
        folder.try_once_more(deadly)
    with pytest.raises(UnavailableError, match=r"part-000000-000000: 5 workers have ended"):
        folder.try_once_more(deadly)
    folder.try_once_more(harmless)
    begin().try_once_more(deadly)


def test_a_machine_that_sees_another_folder_is_told_from_one_that_shares_it(begin, tmp_path):
    begin().require_begun()
    elsewhere = PartFolder(tmp_path / "elsewhere", "jsonl", "mark")
    with pytest.raises(UnavailableError, match=r"does not see .*elsewhere.* that all of"):
        elsewhere.require_begun()


def test_a_second_run_on_the_same_folder_is_told_who_writes_it(begin, tmp_path):
    output = tmp_path / "new" / "codes"
    first, second = PartFolder(output, "jsonl", "mark"), PartFolder(output, "jsonl", "mark")
    with (
        first.sole_writer(),
        pytest.raises(UnavailableError, match=rf"being written by process {os.getpid()}"),
        second.sole_writer(),
    ):
        pass
    with second.sole_writer():
        pass
    assert list(output.parent.iterdir()) == []
