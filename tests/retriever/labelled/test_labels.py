"""Labels as people write them, to the codes that they mean, or to what is wrong with them."""

from dataclasses import replace

import pytest

from isco.retriever.labelled.labels import LabelError, LabelReader
from tests.conftest import SHARED
from tests.support.doubles import make_concept

TITLES = {
    "0": "Armed forces occupations", "01": "Officers", "011": "Officers", "0110": "Officers",
    "0310": "Other ranks", "1": "Managers", "2512": "Software developers",
    "2513": "Web developers", "51": "Personal service workers", "7": "Craft", "71": "Building",
    "712": "Building finishers", "7126": "Plumbers", "7512": "Bakers",
}  # fmt: skip
PLUMBER = "http://data.europa.eu/esco/occupation/plumber"
READER = LabelReader(TITLES, {PLUMBER: "7126"}, "isco_code")


@pytest.mark.parametrize(
    "text",
    ["7126", " 7126 ", "C7126", "c7126", "7126.0", "7126.00", "7126,0", "7126.1", "7126.1.3",
     "ISCO-08 7126", "ISCO08_7126", "isco 7126", PLUMBER,
     "http://data.europa.eu/esco/isco/C7126", "https://data.europa.eu/esco/isco/7126"],
)  # fmt: skip
def test_a_group_is_known_however_it_is_written(text: str) -> None:
    assert READER.codes(text) == ("7126",)


@pytest.mark.parametrize("text", ["not_a_job", "Not a job", "NOT-A-JOB"])
def test_a_page_that_is_no_job_has_a_label_of_its_own(text: str) -> None:
    assert READER.codes(text) == ("not_a_job",)


@pytest.mark.parametrize("text", ["712", "71", "7", "C71", "7.0"])
def test_shorter_codes_are_groups_of_their_own_depth(text: str) -> None:
    (code,) = READER.codes(text)
    assert "7126".startswith(code)


@pytest.mark.parametrize("text", ["2512|2513", "2512; 2513", "2512.0|C2513", "2512|2513|2512"])
def test_a_shortlist_has_each_code_once_in_the_order_given(text: str) -> None:
    assert READER.codes(text) == ("2512", "2513")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("110", "did a spreadsheet drop the zero of 0110 Officers"),
        ("310.0", "did a spreadsheet drop the zero of 0310 Other ranks"),
        ("5123", "is a code of ISCO-88, not of ISCO-08"),
        ("5100", "if it is 51 Personal service workers that is meant"),
        ("1000", "if it is 1 Managers that is meant"),
        ("9998", "is no group of the taxonomy in use"),
        ("712601", "has 6 digits"),
        ("baker", "is not an ISCO-08 code"),
        ("7126-2", "is not an ISCO-08 code"),
        ("7126|baker", "is not an ISCO-08 code"),
        ("|", "names no code"),
        ("7126|not_a_job", "names codes, and says that it is no job"),
        ("http://data.europa.eu/esco/occupation/other", "is no occupation of the taxonomy"),
        ("http://data.europa.eu/esco/isco/C9998", "is no group of the taxonomy"),
    ],
)
def test_what_names_no_group_is_told_why_with_the_label(text: str, said: str) -> None:
    with pytest.raises(LabelError, match=said) as told:
        READER.codes(text)
    assert repr(text) in str(told.value)


@pytest.mark.skipif(not SHARED.is_dir(), reason="shared: labels of the field cases not checked")
def test_the_field_cases_are_read_or_named() -> None:
    import csv

    found = {}
    for name in ("labels_as_floats.csv", "labels_no_unit_group_counted_wrong.csv"):
        with (SHARED / "field-cases" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["isco_code"]:
                    try:
                        found[row["title"], row["isco_code"]] = READER.codes(row["isco_code"])
                    except LabelError as error:
                        found[row["title"], row["isco_code"]] = str(error)
    assert found["Plumber", "7126.0"] == found["Plumber", "7126"] == ("7126",)
    assert "zero of 0310" in found["Soldier", "310.0"]
    assert "zero of 0110" in found["Army officer", "110"]
    assert "51 Personal service workers" in found["Restaurant staff", "5100"]
    assert "ISCO-88" in found["Waiter", "5123"]


def test_a_code_of_esco_is_in_its_own_unit_group_and_one_that_is_none_is_told() -> None:
    occupations = [
        replace(make_concept("7126", "plumber"), notation="7126.1"),
        replace(make_concept("2164", "smart city consultant"), notation="2421.8"),
    ]
    reader = LabelReader.of(occupations, "isco_code")
    codes = ("2421.8", "7126.1", "7126.0", "2421.8|7126.1")
    assert [reader.codes(code) for code in codes] == [
        ("2164",), ("7126",), ("7126",), ("2164", "7126"),
    ]  # fmt: skip
    with pytest.raises(LabelError, match="is the code of no occupation of the taxonomy in use"):
        reader.codes("7126.7")
