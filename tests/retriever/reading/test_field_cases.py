"""Files that went wrong for those who had them: every ad is a row now, or one message says why."""

import warnings

import pytest

from isco.core.errors import InputError, InputWarning
from isco.core.records import Ad
from isco.core.settings import InputSettings
from isco.retriever.reading.text_files import read_ads

COLUMNS = InputSettings()


@pytest.fixture
def read(shared_data):
    def read_case(name, **columns):
        path = shared_data(f"field-cases/{name}", f"{name} is read as its README says")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", InputWarning)
            rows = list(read_ads(str(path), COLUMNS.model_copy(update=columns)))
        return rows, [str(one.message) for one in caught if one.category is InputWarning]

    return read_case


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("json_envelope.json", None),
        ("json_object_over_lines.json", None),
        ("wrong_advice_iconv.jsonl.bz2", None),
        ("cp1252_no_next_step.csv", None),
        ("excel_sep_line.csv", None),
        ("nan_in_other_field_loses_ad.jsonl", ["Plumber", "Baker"]),
        (
            "na_of_r_taken_for_a_title.csv",
            ["Registered nurse, intensive care", "NA", "Baker", "NA"],
        ),
    ],
)
def test_every_ad_is_a_row_with_its_title(read, name, titles):
    rows, _ = read(name)
    assert rows
    assert all(isinstance(row, Ad) and row.title and "\ufffd" not in row.title for row in rows)
    if titles:
        assert [row.title for row in rows] == titles


def test_a_quote_swallows_no_row(read, shared_data):
    rows, _ = read("rows_swallowed_by_a_quote.tsv")
    path = shared_data("field-cases/rows_swallowed_by_a_quote.tsv", "rows are counted")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(lines) - 1
    assert [row.line for row in rows] == list(range(2, len(lines) + 1))


def test_job_postings_of_schema_org_are_ads(read):
    rows, _ = read("json_ld_shapes.jsonl")
    assert len(rows) == 7
    assert {row.title for row in rows} == {"Fitter and Turner"}
    assert all("lathes" in row.description for row in rows)


def test_r_s_unnamed_first_column_is_no_id(read):
    rows, _ = read("na_of_r_taken_for_a_title.csv")
    assert [row.id for row in rows] == ["001", "002", "003", "004"]


def test_a_duplicate_header_is_refused(read):
    with pytest.raises(InputError, match=r"columns '.*', of which only one could be read"):
        read("duplicate_header_last_wins.csv")


def test_a_workbook_without_its_parts_is_named_for_what_it_is(read):
    with pytest.raises(InputError, match="is an Excel workbook that can't be read"):
        read("wrong_advice_iconv.xlsx")


def test_rows_without_any_field_of_an_ad_are_one_message(read):
    with pytest.raises(InputError, match="job_title"):
        read("every_row_lacks_title.jsonl")


def test_a_text_that_is_not_read_is_said(read):
    rows, said = read("description_column_silently_unused.csv")
    assert [row.title for row in rows] == ["Consultant"]
    assert len(said) == 1
    assert "job_description" in said[0]
    rows, said = read("description_column_silently_unused.csv", description="job_description")
    assert rows[0].description.startswith("You sell kitchens")
    assert not said
