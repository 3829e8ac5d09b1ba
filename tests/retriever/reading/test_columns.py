"""Columns that are missing, that are within others, and that there are twice: never silently."""

import io
import json
import warnings

import pyarrow
import pyarrow.parquet
import pytest

from isco.core.errors import InputError, InputWarning
from isco.retriever.reading.rows import LOOKED_AT
from isco.retriever.reading.text_files import read_ads

AD = {"id": "1", "title": "Consultant", "job_description": "You sell kitchens."}


@pytest.fixture(params=["csv", "jsonl", "json", "parquet"])
def file(request, tmp_path):
    """Writes rows as a file of each format."""

    def write(*rows):
        path = tmp_path / f"ads.{request.param}"
        if request.param == "csv":
            names = list(rows[0])
            lines = [names, *([str(row[name]) for name in names] for row in rows)]
            path.write_text("\n".join(map(",".join, lines)) + "\n", encoding="utf-8")
        elif request.param == "parquet":
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
        elif request.param == "json":
            path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        else:
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return str(path)

    return write


def noted(path, columns):
    """What is said about a file that is read."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rows = list(read_ads(path, columns))
    assert rows
    return [str(each.message) for each in caught if each.category is InputWarning]


def test_a_description_that_no_column_holds_is_said_once_with_the_columns_there_are(file, columns):
    (said,) = noted(file(AD, AD, AD), columns)
    assert "has no " in said
    assert " 'description', so that titles alone are read; its " in said
    assert "s are id, title, job_description (input.description names another)" in said


def test_a_title_that_no_column_holds_is_said_as_well(file, columns):
    (said,) = noted(file({"id": "1", "job": "Cook", "description": "Cooks."}), columns)
    assert " 'title', so that texts alone are read" in said


@pytest.mark.parametrize("row", [
    {"id": "1", "title": "Cook", "description": "x", "city": "Linz"},
    {"id": "1", "title": "Cook", "language": "en", "isco_code": "5120"},
    {"title": "Cook"},
])  # fmt: skip
def test_where_nothing_is_left_unused_nothing_is_said(file, columns, row):
    assert noted(file(row), columns) == []


@pytest.mark.parametrize("key", ["title", "description", "id"])
def test_a_column_that_was_asked_for_and_is_not_there_is_an_error(file, make_settings, key):
    path = file({"id": "1", "title": "Cook", "description": "x"})
    columns = make_settings(**{f"input__{key}": "nothing"}).input
    with pytest.raises(
        InputError, match=rf"'nothing', which input\.{key} names; .* id, title, des"
    ):
        list(read_ads(path, columns))


def test_a_language_that_was_asked_for_and_is_not_there_is_said(file, make_settings):
    columns = make_settings(input__language="lang").input
    (said,) = noted(file({"title": "Cook", "description": "x", "text": "y"}), columns)
    assert "'lang', which input.language names" in said


def test_a_code_that_is_not_there_is_nothing_to_be_said_of(file, make_settings):
    columns = make_settings(input__isco_code="kldb").input
    assert noted(file({"title": "Cook", "description": "x"}), columns) == []


def test_where_no_row_has_a_field_of_an_ad_that_is_one_error_with_the_fields_there_are(
    file, columns
):
    path = file(*[{"job_id": n, "job_title": "Plumber"} for n in range(2000)])
    with pytest.raises(
        InputError, match=r"neither a .* 'title' nor 'description'.*job_id, job_title"
    ):
        list(read_ads(path, columns))


def test_rows_of_jsonl_may_differ_in_what_they_have(read):
    lines = [{"id": "a", "name": "x"}, {"id": "b"}, *[{"id": "c", "title": "Cook"}] * 3]
    lines.insert(4, {"id": "d", "description": "Cooks."})
    with warnings.catch_warnings():
        warnings.simplefilter("error", InputWarning)
        rows = read("".join(json.dumps(line) + "\n" for line in lines).encode())
    assert [row.id for row in rows] == ["a", "b", "c", "c", "d", "c"]
    assert [type(row).__name__ for row in rows] == ["BrokenRow", "BrokenRow", *["Ad"] * 4]


def test_many_names_are_not_all_shown(columns):
    header = ",".join(f"column_{number}" for number in range(500))
    with pytest.raises(InputError, match=r"column_29 and 470 more"):
        list(read_ads("-", columns, io.BytesIO(f"{header}\n1\n".encode())))


def test_a_path_names_a_field_within_others(read):
    line = {"id": {"nr": 7}, "title": "Koch", "texts": [{"de": "Kocht.", "en": "Cooks."}], "x": 1}
    content = (json.dumps(line) + "\n").encode()
    (ad,) = read(content, id="id.nr", description="texts.0.en")
    assert (ad.id, ad.title, ad.description) == ("7", "Koch", "Cooks.")
    assert ad.extra == {"texts": line["texts"], "x": 1}


def test_a_name_with_dots_is_a_name_where_there_is_one(read):
    (ad,) = read(b"title,text.de\nKoch,Kocht.\n", description="text.de")
    assert (ad.description, ad.extra) == ("Kocht.", {})


def test_an_object_in_the_place_of_a_text_is_named_with_the_path_into_it(read):
    rows = read(b'{"title": "Cook", "description": {"lang": 1, "plain": "Cooks."}}')
    assert rows[0].reason == (
        "line 1: description is a dict, not a text (input.description=description.lang names one)"
    )


@pytest.mark.parametrize("header", ["id,title,title", "title,a,b,a", "title, title"])
def test_two_columns_of_one_name_are_refused(read, header):
    with pytest.raises(InputError, match=r"has 2 columns '\w+', of which only one could be read"):
        read(f"{header}\n1,2,3\n".encode())


def test_columns_without_a_name_are_called_by_their_place(read):
    (ad,) = read(b'"",title,description,,\n1,Cook,x,y,\n')
    assert ad.extra == {"column 1": "1", "column 4": "y", "column 5": ""}
    assert ad.numbered


def test_what_is_typed_in_is_answered_as_it_comes(columns):
    class Typed(io.RawIOBase):
        """Gives a line at each asking, and fails when it is asked for one too many."""

        lines = [b'{"title": "Cook", "text": "x"}\n'] * (LOOKED_AT + 1)

        def readable(self):
            return True

        def readinto(self, buffer):
            line = self.lines.pop()
            buffer[: len(line)] = line
            return len(line)

    stream = Typed()
    rows = read_ads("-", columns, stream)
    for left in range(LOOKED_AT, 1, -1):
        assert next(rows).title == "Cook"
        assert len(stream.lines) == left
    with pytest.warns(InputWarning, match="titles alone"):
        next(rows), next(rows)
