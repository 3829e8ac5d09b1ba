"""Predictions as job postings of schema.org."""

import json
from dataclasses import replace

import pytest

from isco.core.records import Occupation
from isco.retriever.reading.json_ld import postings
from isco.retriever.running.json_ld_lines import JsonLdLines, posting_of
from tests.retriever.running.test_flat_csv import CODED, NO_AD

ESCO = "http://data.europa.eu/esco/occupation/1"
WHOLE = replace(
    CODED, isco_code="0110", level=4, occupation=Occupation(ESCO, "colonel", "0110", 0.4)
)


def test_a_code_and_its_occupation_are_codes_of_a_category_with_their_sets() -> None:
    group, occupation = posting_of(WHOLE)["occupationalCategory"]
    assert (group["codeValue"], group["url"]) == ("0110", "http://data.europa.eu/esco/isco/C0110")
    assert (group["name"], group["inCodeSet"]["name"]) == (WHOLE.isco_label, "ISCO-08")
    assert (occupation["codeValue"], occupation["url"], occupation["name"]) == (
        ESCO, ESCO, "colonel",
    )  # fmt: skip
    assert {each["@type"] for each in (group, occupation)} == {"CategoryCode"}


def test_names_of_a_taxonomy_of_one_s_own_are_no_code() -> None:
    own = replace(WHOLE, occupation=Occupation("urn:x:1", "colonel", "0110", 0.4))
    assert len(posting_of(own)["occupationalCategory"]) == 1


def test_a_shorter_code_is_one_and_no_code_has_a_reason() -> None:
    assert posting_of(CODED)["occupationalCategory"][0]["codeValue"] == "011"
    none = posting_of(NO_AD)
    assert "occupationalCategory" not in none
    assert (none["isco:path"], none["isco:reason"]) == ("error", NO_AD.reason)


def test_a_record_is_one_line_that_is_read_back_as_a_posting() -> None:
    line = JsonLdLines().encode(WHOLE)
    assert (line.count(b"\n"), line.endswith(b"\n")) == (1, True)
    assert JsonLdLines().decode(line) == {"id": "007", "path": "vote"}
    (posting,) = postings(json.loads(line))
    assert (posting["identifier"]["value"], posting["title"]) == ("007", "Officer")


@pytest.mark.parametrize("line", [b"[]", b'{"id": "1"}', b"{"])
def test_what_is_no_such_record_is_told(line: bytes) -> None:
    with pytest.raises(ValueError):
        JsonLdLines().decode(line)
