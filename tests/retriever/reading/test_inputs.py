"""Folders of ads: which files are read, in which order, and what their rows are called."""

from itertools import islice
from pathlib import Path

import pytest

from isco.core.config import load_settings
from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow
from isco.retriever.reading.inputs import ad_files, chunks, count_files, file_chunks, read_files
from isco.retriever.reading.text_files import read_ads

COOKS = '{"id": "a", "title": "Cook"}\n{"title": "Chef"}\n'
BAKERS = "title\nBaker\nPastry baker\n"


@pytest.fixture
def folder(tmp_path):
    """Writes files of these names and contents into one folder."""

    def write(**files: str) -> str:
        for name, content in files.items():
            path = tmp_path / "ads" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return str(tmp_path / "ads")

    return write


def names(source: str) -> list[str | None]:
    return [file.name for file in ad_files(source)]


def test_the_files_of_a_folder_are_read_in_the_order_of_their_names(folder, columns):
    source = folder(**{"b.jsonl": COOKS, "a.csv": BAKERS})
    rows = list(read_files(ad_files(source), columns))
    assert [row.title for row in rows] == ["Baker", "Pastry baker", "Cook", "Chef"]


def test_folders_within_count_by_their_whole_path(folder):
    source = folder(**{"b/1.jsonl": COOKS, "a/2.jsonl": COOKS, "a/1.jsonl": COOKS})
    assert names(source) == ["a/1.jsonl", "a/2.jsonl", "b/1.jsonl"]


def test_hidden_files_and_markers_are_passed_over(folder):
    hidden = ("_SUCCESS", ".part.crc", "_temporary/x.jsonl", ".git/config", "a/_x.jsonl")
    source = folder(**{"a/1.jsonl": COOKS, **dict.fromkeys(hidden, "")})
    assert names(source) == ["a/1.jsonl"]


def test_a_file_that_is_named_itself_may_be_called_anything(tmp_path):
    assert [(f.path, f.name) for f in ad_files(str(tmp_path / "_ads.txt"))] == [
        (str(tmp_path / "_ads.txt"), None)
    ]
    assert [(f.path, f.name) for f in ad_files("-")] == [("-", None)]


def test_a_file_of_another_kind_is_not_left_out_silently(folder):
    source = folder(**{"a.jsonl": COOKS, "b.txt": "Cook"})
    with pytest.raises(InputError, match=r"b\.txt is no JSONL, .*move it out of the folder"):
        ad_files(source)


@pytest.mark.parametrize("files", [{}, {"_SUCCESS": ""}])
def test_a_folder_without_ads_is_an_error(folder, tmp_path, files):
    (tmp_path / "ads").mkdir()
    folder(**files)
    with pytest.raises(InputError, match="is a folder without files of ads"):
        ad_files(str(tmp_path / "ads"))


def test_a_missing_id_becomes_the_row_number_and_in_a_folder_the_files_name_before_it(
    folder, columns
):
    source = folder(**{"a/x.jsonl": COOKS, "b.csv": BAKERS})
    rows = list(read_files(ad_files(source), columns))
    assert [row.id for row in rows] == ["a", "a/x.jsonl:2", "b.csv:1", "b.csv:2"]
    alone = list(read_files(ad_files(f"{source}/b.csv"), columns))
    assert [row.id for row in alone] == ["1", "2"]


def test_ids_of_a_file_do_not_change_when_others_come_before_it(folder, columns):
    source = folder(**{"b.csv": BAKERS})
    before = [row.id for row in read_files(ad_files(source), columns)]
    folder(**{"a.csv": BAKERS})
    after = [row.id for row in read_files(ad_files(source), columns)]
    assert after == ["a.csv:1", "a.csv:2", *before]


def test_a_broken_row_of_a_folder_names_its_file_and_keeps_an_id_that_can_be_read(folder, columns):
    source = folder(**{"a.jsonl": 'broken\n{"id": "2", "title": [1]}\n'})
    first, second = read_files(ad_files(source), columns)
    assert isinstance(first, BrokenRow)
    assert (first.id, first.line) == ("a.jsonl:1", 1)
    assert first.reason.startswith("a.jsonl: line 1 is not JSON")
    assert (second.id, second.reason) == ("2", "a.jsonl: line 2: title is a list, not a text")


def test_rows_are_counted_where_that_is_cheap_for_all_files(folder):
    assert count_files(ad_files(folder(**{"a.jsonl": COOKS, "b.jsonl": COOKS}))) == 4
    assert count_files(ad_files(folder(**{"c.csv": BAKERS}))) is None


def _rows(*numbers: int) -> list[Ad]:
    return [Ad(str(number), "", "", row=number, line=number) for number in numbers]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], []),
        ([1, 2, 3, 4], [[1, 2], [3, 4]]),
        ([1, 2, 3], [[1, 2], [3]]),
        ([1, 2, 3, 1, 2, 3], [[1, 2], [3], [1, 2], [3]]),
        ([1, 1, 1], [[1], [1], [1]]),
        ([1, 2, 1, 2], [[1, 2], [1, 2]]),
    ],
)
def test_no_chunk_reaches_over_the_end_of_a_file(numbers, expected):
    found = [[row.row for row in chunk] for chunk in file_chunks(_rows(*numbers), 2)]
    assert found == expected


@pytest.mark.parametrize("cut", [file_chunks, chunks])
def test_rows_before_an_error_in_reading_come_before_it_is_raised(cut):
    def breaking():
        yield from _rows(1, 2, 3)
        raise InputError("it breaks off")

    found = cut(breaking(), 2)
    assert [row.row for row in next(found)] == [1, 2]
    assert [row.row for row in next(found)] == [3]
    with pytest.raises(InputError):
        next(found)


def test_a_chunk_is_given_as_soon_as_it_is_full():
    rows = iter(_rows(1, 2, 3))
    next(file_chunks(rows, 2))
    assert next(rows).row == 3


def test_a_folder_that_can_not_be_read_is_named(folder, monkeypatch):
    source = folder(**{"a/x.jsonl": COOKS})
    inside = str(Path(source) / "a")

    def denied(top: str, onerror) -> list[tuple[str, list[str], list[str]]]:
        onerror(PermissionError(13, "Permission denied", inside))
        return []

    monkeypatch.setattr("isco.retriever.reading.inputs.os.walk", denied)
    with pytest.raises(InputError, match=r"can't read .*a: Permission denied"):
        ad_files(source)


class Pipe:
    """Standard input that somebody has written to once, and may write to again."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read1(self, size: int) -> bytes:
        assert self.content, "what comes next is waited for"
        content, self.content = self.content, b""
        return content

    read = read1


@pytest.mark.parametrize("number", [1, 2, 40])
@pytest.mark.parametrize(
    "content", ['{{"id": "{0}", "title": "Nurse"}}\n', "{0},Nurse\n"], ids=["jsonl", "csv"]
)
def test_what_is_written_to_a_pipe_is_answered_before_more_is_waited_for(
    number: int, content: str
) -> None:
    is_json = "title" in content
    header = "" if is_json else "id,title\n"
    lines = header + "".join(content.format(row) for row in range(number))
    columns = load_settings(environment={}).input
    rows = read_ads("-", columns, Pipe(lines.encode()))  # type: ignore[arg-type]
    # Of CSV the end of a line may be that of a record, or not.
    seen = number if is_json else number - 1
    assert [row.id for row in islice(rows, seen)] == [str(row) for row in range(seen)]
