"""Ads from Parquet: the same rows as from JSONL, and what becomes of values that are no JSON."""

import gzip
import io
from datetime import date
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow
from isco.retriever.reading.text_files import count_rows, read_ads

pytestmark = pytest.mark.filterwarnings("ignore::isco.core.errors.InputWarning")


@pytest.fixture
def write(tmp_path):
    """A Parquet file of these columns."""

    def file(name="ads.parquet", **values):
        path = tmp_path / name
        pyarrow.parquet.write_table(pyarrow.table(values), path, row_group_size=2)
        return str(path)

    return file


def test_rows_come_in_order_with_ids_and_numbers_as_from_jsonl(write, columns):
    path = write(id=["a", None, "c"], title=["Cook", "Baker", None], city=["Linz", "Graz", None])
    rows = list(read_ads(path, columns))
    assert [(row.id, row.title, row.row, row.line) for row in rows] == [
        ("a", "Cook", 1, 1), ("row-2", "Baker", 2, 2), ("c", "", 3, 3),
    ]  # fmt: skip
    assert rows[0].extra == {"city": "Linz"}
    assert rows[1].numbered


def test_numbers_are_texts_where_a_text_is_wanted(write, columns):
    (row,) = read_ads(write(id=[7], title=["Cook"], language=["en"]), columns)
    assert (row.id, row.language) == ("7", "en")


def test_a_file_of_any_name_is_known_by_its_first_bytes(write, columns):
    assert [row.title for row in read_ads(write("ads.txt", title=["Cook"]), columns)] == ["Cook"]


def test_what_json_does_not_have_is_null_and_dates_stay(write, columns):
    path = write(title=["Cook"], pay=[float("nan")], since=[date(2026, 3, 1)], all=[[float("inf")]])
    (row,) = read_ads(path, columns)
    assert row.extra == {"pay": None, "since": date(2026, 3, 1), "all": [None]}


def test_a_column_of_lists_is_no_title(write, columns):
    (row,) = read_ads(write(title=[["Cook"]]), columns)
    assert isinstance(row, BrokenRow)
    assert row.reason == "line 1: title is a list, not a text"


def test_a_value_that_python_has_not_breaks_its_own_row_only(tmp_path, columns):
    texts = pyarrow.array([b"Cook", b"\xff\xfe", b"Baker"], pyarrow.binary()).view("string")
    path = tmp_path / "ads.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"title": texts}), path)
    rows = list(read_ads(str(path), columns))
    assert [row.id for row in rows] == ["1", "2", "3"]
    assert isinstance(rows[1], BrokenRow)
    assert rows[1].reason.startswith("line 2 can't be read: 'utf-8' codec")
    assert [rows[0].title, rows[2].title] == ["Cook", "Baker"]


def test_missing_columns_are_named_as_for_csv(write, columns):
    with pytest.raises(InputError, match=r"neither a column 'title' nor .* are job"):
        list(read_ads(write(job=["Cook"]), columns))


def test_a_file_that_is_no_parquet_is_an_error_that_names_it(tmp_path, columns):
    path = tmp_path / "ads.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match=r"can't read .*ads\.parquet"):
        list(read_ads(str(path), columns))


def test_parquet_from_a_pipe_or_compressed_is_read_by_way_of_a_temporary_file(
    write, columns, tmp_path
):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    content = Path(write(title=["Cook"])).read_bytes()
    assert [row.title for row in read_ads("-", columns, Pipe(content))] == ["Cook"]
    packed = tmp_path / "ads.parquet.gz"
    packed.write_bytes(gzip.compress(content))
    assert [row.title for row in read_ads(str(packed), columns)] == ["Cook"]


def test_an_unreadable_value_that_only_passes_through_is_null_and_a_broken_row_keeps_its_id(
    tmp_path, columns
):
    texts = pyarrow.array([b"ok", b"\xff"], pyarrow.binary()).view("string")
    path = tmp_path / "ads.parquet"
    table = pyarrow.table({"id": ["a", "b"], "title": ["Cook", "Baker"], "note": texts})
    pyarrow.parquet.write_table(table, path)
    assert [row.extra for row in read_ads(str(path), columns)] == [{"note": "ok"}, {"note": None}]
    pyarrow.parquet.write_table(pyarrow.table({"id": ["a", "b"], "title": texts}), path)
    assert [(row.id, type(row)) for row in read_ads(str(path), columns)] == [
        ("a", Ad), ("b", BrokenRow),
    ]  # fmt: skip


def test_a_field_within_an_object_is_named_by_its_path(write, make_settings):
    columns = make_settings(input__description="text.plain").input
    path = write(title=["Cook"], text=[{"plain": "Cooks.", "html": "<p>"}])
    (row,) = read_ads(path, columns)
    assert (row.description, row.extra) == ("Cooks.", {"text": {"html": "<p>"}})
    missing = make_settings(input__description="text.nothing").input
    with pytest.raises(
        InputError, match=r"no column 'text.nothing'.*input.description.*text.plain"
    ):
        list(read_ads(path, missing))


def test_two_columns_of_one_name_are_refused(tmp_path, columns):
    table = pyarrow.Table.from_arrays([["a"], ["b"]], names=["title", "title"])
    pyarrow.parquet.write_table(table, tmp_path / "ads.parquet")
    with pytest.raises(InputError, match="has 2 columns 'title'"):
        list(read_ads(str(tmp_path / "ads.parquet"), columns))


def test_rows_are_counted_by_the_footer(write, tmp_path):
    assert count_rows(write(title=["Cook", "Baker", "Chef"])) == 3
    (tmp_path / "ads.parquet").write_bytes(b"broken")
    assert count_rows(str(tmp_path / "ads.parquet")) is None


def test_texts_without_the_type_of_texts_are_read_as_such(write, columns):
    path = write(
        id=[b"a", b"b"], title=["Bäcker".encode(), b"Cook\xff"], tags=[[b"x"], None],
        place=[{"city": b"Linz"}, None],
    )  # fmt: skip
    rows = list(read_ads(path, columns))
    assert [(row.id, row.title) for row in rows] == [("a", "Bäcker"), ("b", "Cook\ufffd")]
    assert rows[0].extra == {"tags": ["x"], "place": {"city": "Linz"}}
