"""The data that comes with the project: the starter taxonomy and the example ads."""

import csv
import json
import re
from collections import Counter

import pytest

from isco.core.codes import parent
from isco.ingest.sources.starter import LANGUAGE, VERSION, read_starter
from tests.conftest import ROOT

STARTER = ROOT / "ingest" / "data" / "isco08_starter.jsonl"
ADS = ROOT / "examples" / "ads.jsonl"
SIZES = {1: 10, 2: 43, 3: 130, 4: 436}
SHARED_RUN = 8
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@pytest.fixture(scope="module")
def rows():
    return [json.loads(line) for line in STARTER.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def unit_groups(rows):
    return [row for row in rows if len(row["code"]) == 4]


@pytest.fixture(scope="module")
def ads():
    return [json.loads(line) for line in ADS.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def official(shared_data):
    """ESCO v1.2.1's groups, code → row."""
    path = shared_data(
        "esco/v1.2.1/ISCOGroups_en.csv", "the starter has the official titles and its own words"
    )
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


class TestGroups:
    def test_every_isco_group_is_there_once(self, rows):
        assert Counter(len(row["code"]) for row in rows) == SIZES
        assert len({row["code"] for row in rows}) == 619

    def test_every_group_but_the_major_ones_has_its_parent(self, rows):
        codes = {row["code"] for row in rows}
        assert all(parent(code) in codes for code in codes if len(code) > 1)

    def test_codes_are_text_and_keep_their_zeros(self, rows):
        assert {"0", "01", "011", "0110"} <= {row["code"] for row in rows}

    def test_unit_groups_alone_have_definitions_and_job_titles(self, rows):
        for row in rows:
            own = {"definition", "job_titles"} if len(row["code"]) == 4 else set()
            assert set(row) == {"code", "title"} | own

    def test_no_text_is_empty_or_untidy(self, rows):
        texts = [
            text
            for row in rows
            for text in (row["title"], row.get("definition", "-"), *row.get("job_titles", ()))
        ]
        assert [text for text in texts if not text or text != " ".join(text.split())] == []

    @pytest.mark.parametrize("level", [1, 2, 3, 4])
    def test_groups_of_one_level_have_different_titles(self, rows, level):
        titles = [row["title"].casefold() for row in rows if len(row["code"]) == level]
        assert repeated(titles) == []

    def test_every_definition_is_one_sentence_of_its_own(self, unit_groups):
        definitions = [row["definition"] for row in unit_groups]
        assert repeated(map(str.casefold, definitions)) == []
        assert [d for d in definitions if not re.fullmatch(r"[^.!?\n]+\.", d)] == []

    def test_no_definition_says_what_the_group_is_not(self, unit_groups):
        negated = re.compile(r"elsewhere|exclud|\bexcept\b|other than|\bnot (?:incl|class)", re.I)
        assert [row["code"] for row in unit_groups if negated.search(row["definition"])] == []

    def test_every_unit_group_has_six_to_twelve_job_titles(self, unit_groups):
        counts = {row["code"]: len(row["job_titles"]) for row in unit_groups}
        assert {code: count for code, count in counts.items() if not 6 <= count <= 12} == {}

    def test_no_job_title_stands_twice_in_all_the_groups(self, unit_groups):
        titles = [title.casefold() for row in unit_groups for title in row["job_titles"]]
        assert repeated(titles) == []


class TestOfficialClassification:
    def test_codes_and_titles_are_the_official_ones(self, rows, official):
        ours = {row["code"]: row["title"] for row in rows}
        assert ours == {code: row["preferredLabel"] for code, row in official.items()}

    def test_no_definition_repeats_a_run_of_words_of_an_official_description(
        self, unit_groups, official
    ):
        theirs = {run for row in official.values() for run in runs(row["description"])}
        assert len(theirs) > 50_000
        shared = {
            row["code"]: " ".join(run)
            for row in unit_groups
            for run in runs(row["definition"])
            if run in theirs
        }
        assert shared == {}


class TestReading:
    def test_source_has_all_groups_with_their_texts_and_no_occupations(self, rows):
        source = read_starter()
        assert (source.name, source.version, source.language) == ("starter", VERSION, LANGUAGE)
        assert source.occupations == ()
        assert source.notice is None
        assert [
            (g.isco_code, g.label, g.description, list(g.alt_labels)) for g in source.groups
        ] == [
            (r["code"], r["title"], r.get("definition", ""), r.get("job_titles", [])) for r in rows
        ]

    def test_every_group_but_the_major_ones_has_one_broader_group(self):
        source = read_starter()
        uris = {group.uri: group.isco_code for group in source.groups}
        pairs = {uris[narrower]: uris[broader] for narrower, broader in source.broader}
        assert len(source.broader) == len(pairs) == 619 - 10
        assert all(parent(code) == above for code, above in pairs.items())


class TestExampleAds:
    def test_sixty_ads_have_unique_ids_and_all_fields(self, ads):
        assert len(ads) == len({ad["id"] for ad in ads}) == 60
        fields = {"id", "title", "description", "language", "isco_code"}
        assert all(set(ad) == fields for ad in ads)
        assert all(ad["title"].strip() and ad["description"].strip() for ad in ads)

    def test_ads_are_in_ten_languages(self, ads):
        assert len({ad["language"] for ad in ads}) == 10

    def test_ads_cover_all_ten_major_groups(self, ads):
        assert {ad["isco_code"][0] for ad in ads if ad["isco_code"]} == set("0123456789")

    def test_six_rows_are_no_job_and_the_others_have_a_unit_group(self, ads, unit_groups):
        codes = [ad["isco_code"] for ad in ads]
        assert codes.count(None) == 6
        assert {code for code in codes if code is not None} <= {r["code"] for r in unit_groups}


def repeated(texts):
    return [text for text, count in Counter(texts).items() if count > 1]


def runs(text):
    words = [word.casefold().replace("’", "'") for word in WORD.findall(text)]
    return {tuple(words[i : i + SHARED_RUN]) for i in range(len(words) - SHARED_RUN + 1)}
