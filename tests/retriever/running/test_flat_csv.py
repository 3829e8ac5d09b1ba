"""Predictions as rows that people open in a spreadsheet."""

import csv
import io
from dataclasses import replace

import pytest

from isco.core.flat_columns import ANSWER
from isco.core.records import Candidate, Prediction, PredictionPath, Profile, Versions
from isco.core.settings import OutputSettings
from isco.retriever.running.flat_csv import MOST_OWN, PLAIN_CSV, FlatCsv, flattened

NASTY = 'a "b", c;\nd\r\ne\x0bf\u2028g\x85h\ti ü 厨 🙂'
CODED = Prediction(
    id="007",
    isco_code="011",
    isco_label="Commissioned armed forces officers",
    level=3,
    confidence=0.75,
    path=PredictionPath.VOTE,
    best_code="0110",
    best_label="Commissioned armed forces officers",
    best_confidence=0.5,
    reason="Closest: officer.",
    language="en",
    candidates=(
        Candidate("2512", "Software developers", "u:1", "coder", 0.9, 1, probability=0.2),
        Candidate("0110", "Officers", "u:2", "major", 0.8, 2, probability=0.3),
        Candidate("0110", "Officers", "u:3", "captain", 0.7, 3, probability=0.2),
        Candidate("5120", "Cooks", "u:4", "cook", 0.6, 4, probability=0.1),
        Candidate("9111", "Cleaners", "u:5", "cleaner", 0.5, 5, probability=0.05),
    ),
    profile=Profile(title="officer", description=""),
    versions=Versions(None, None, None, None, "0"),
    extra={"region": "Nord", "salary": 3000},
    title="Officer",
)
NO_AD = replace(
    CODED, path=PredictionPath.ERROR, isco_code=None, isco_label=None, level=0, confidence=0.0,
    best_code=None, best_label=None, best_confidence=0.0, language=None, candidates=(), title="",
    extra={"line": 3}, reason="line 3 is not JSON",
)  # fmt: skip


def _written(*predictions: Prediction, form: FlatCsv = PLAIN_CSV) -> list[dict[str, str]]:
    form = form.settled(predictions)
    text = form.header + b"".join(map(form.encode, predictions))
    rows = csv.DictReader(io.StringIO(text.decode(), newline=""), delimiter=form.settings.delimiter)
    return list(rows)


def test_the_ads_own_columns_stand_between_its_title_and_the_answer() -> None:
    (row,) = _written(CODED)
    assert list(row) == ["id", "title", "region", "salary", *ANSWER]
    assert list(row.values())[:4] == ["007", "Officer", "Nord", "3000"]
    assert (row["isco_code"], row["level"], row["confidence"]) == ("011", "3", "0.75")
    assert (row["best_code"], row["best_confidence"]) == ("0110", "0.5")


def test_candidates_are_the_first_unit_groups_the_best_before_all_others() -> None:
    (row,) = _written(CODED)
    assert [row[f"candidate_{place}"] for place in (1, 2, 3)] == [
        "0110 Officers (50%)", "2512 Software developers (20%)", "5120 Cooks (10%)",
    ]  # fmt: skip


def test_candidates_without_a_probability_come_as_the_search_has_them() -> None:
    unsure = tuple(replace(each, probability=None) for each in CODED.candidates)
    (row,) = _written(replace(CODED, candidates=unsure, best_code=None))
    assert row["candidate_1"] == "2512 Software developers"


def test_what_is_no_ad_has_its_reason_and_empty_cells() -> None:
    coded, row = _written(CODED, NO_AD)
    assert list(coded) == list(row)
    filled = {name: cell for name, cell in row.items() if cell}
    assert filled == {
        "id": "007", "level": "0", "confidence": "0.0", "path": "error",
        "reason": "line 3 is not JSON",
    }  # fmt: skip


def test_a_column_that_is_called_as_one_of_the_answer_gets_another_name() -> None:
    fields = {"level": "junior", "input_level": "B2", "title": "Dr", "isco_code": "5120"}
    found = flattened(fields)
    assert found == {
        "input_input_level": "junior", "input_level": "B2", "input_title": "Dr",
        "input_isco_code": "5120",
    }  # fmt: skip


def test_no_cell_has_json() -> None:
    extra = {
        "company": {"name": "Acme", "address": {"city": "Ulm", "lines": ["a", "b"]}},
        "tags": ["x", None, "y"], "places": [{"city": "Ulm", "km": 3}, {"city": "Aalen"}],
        "remote": True, "none": None, "empty": {},
    }  # fmt: skip
    (row,) = _written(replace(CODED, extra=extra))
    assert list(row.items())[2:10] == [
        ("company.name", "Acme"), ("company.address.city", "Ulm"),
        ("company.address.lines", "a; b"), ("tags", "x; y"),
        ("places", "city: Ulm, km: 3; city: Aalen"), ("remote", "true"), ("none", ""),
        ("empty", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["Cook", NASTY, "", '"', "\n", "\r", ",,,", "=1+1", "\ud800"])
def test_a_record_is_one_line_that_is_read_back(text: str) -> None:
    found = replace(CODED, id=text, title=text, reason=text, extra={text: text})
    form = PLAIN_CSV.settled([found])
    line = form.encode(found)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert b"\r" not in line
    row = PLAIN_CSV.of_header(form.header).decode(line)
    assert row["id"] == row["title"] == " ".join(text.splitlines()).replace("\ud800", "?")
    assert list(row)[2] in (" ".join(text.splitlines()), "column", "?")


def test_a_very_long_cell_is_read_back() -> None:
    limit = csv.field_size_limit(131_072)
    try:
        row = PLAIN_CSV.decode(PLAIN_CSV.encode(replace(CODED, reason="x" * 200_000)))
    finally:
        csv.field_size_limit(limit)
    assert len(row["reason"]) == 200_000


def test_formulas_are_made_harmless_unless_they_are_wanted() -> None:
    nasty = replace(CODED, id="=1+1", title="@SUM(1)", extra={"=x1": "+cmd|y", "change": "-5"})
    (row,) = _written(nasty)
    assert list(row.items())[:4] == [
        ("id", "'=1+1"), ("title", "'@SUM(1)"), ("'=x1", "'+cmd|y"), ("change", "-5"),
    ]  # fmt: skip
    (row,) = _written(nasty, form=FlatCsv(settings=OutputSettings(formulas=True)))
    assert list(row.items())[:3] == [("id", "=1+1"), ("title", "@SUM(1)"), ("=x1", "+cmd|y")]


def test_semicolons_bring_decimal_commas() -> None:
    (row,) = _written(CODED, form=FlatCsv(settings=OutputSettings(delimiter=";")))
    assert (row["confidence"], row["best_confidence"], row["salary"]) == ("0,75", "0,5", "3000")


def test_an_object_that_some_ads_lack_has_columns_for_what_is_in_it_alone() -> None:
    fields = [{"company": None}, {"company": {"name": "Acme"}}, {"nothing": None}]
    assert PLAIN_CSV.with_own(fields).own == ("company.name", "nothing")


def test_a_field_without_a_column_is_told_where_it_has_something_to_say() -> None:
    form = PLAIN_CSV.settled([CODED])
    later = replace(CODED, extra={"region": "Süd", "bonus": 5, "nothing": None})
    assert form.left_out(later) == ["bonus"]
    assert form.left_out(NO_AD) == []


def test_no_more_columns_than_a_spreadsheet_can_show() -> None:
    form = PLAIN_CSV.with_own([{str(number): 1 for number in range(2 * MOST_OWN)}])
    assert len(form.own or ()) == MOST_OWN


@pytest.mark.parametrize("line", [b"", b"id,title\n", b"a,b,c\n", b"\xff\n", b'{"id": "1"}\n'])
def test_another_header_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        PLAIN_CSV.of_header(line)


def test_a_file_begins_with_the_mark_of_utf_8_and_is_known_by_its_header_with_it() -> None:
    form = PLAIN_CSV.settled([CODED]).of_a_file()
    assert form.header.startswith(b"\xef\xbb\xbfid,title,region")
    assert PLAIN_CSV.of_header(form.header).own == ("region", "salary")
    unmarked = FlatCsv(settings=OutputSettings(byte_order_mark=False)).of_a_file()
    assert unmarked.header.startswith(b"id,")
