"""The data that comes with the project: the starter taxonomy and the example ads."""

import csv
import json
import re
from collections import Counter

import pytest

from isco.core.codes import parent
from isco.ingest.sources.base import LocalText
from isco.ingest.sources.starter import LANGUAGES, VERSION, read_starter
from tests.conftest import ROOT

STARTER = ROOT / "ingest" / "data" / "isco08_starter.jsonl"
ADS = ROOT / "examples" / "ads.jsonl"
SIZES = {1: 10, 2: 43, 3: 130, 4: 436}
SHARED_RUN = 8
ONE_SENTENCE = re.compile(r"[^.!?\n]+\.")
NEGATED = re.compile(r"elsewhere|exclud|\bexcept\b|other than|\bnot (?:incl|class)", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@pytest.fixture(scope="module")
def rows():
    return [json.loads(line) for line in STARTER.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def unit_groups(rows):
    return [row for row in rows if len(row["code"]) == 4]


@pytest.fixture(scope="module")
def kinds(unit_groups):
    """The kinds of work in all unit groups, with the code of each."""
    return [(row["code"], kind) for row in unit_groups for kind in row["occupations"]]


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

    def test_unit_groups_alone_have_a_definition_titles_and_occupations(self, rows):
        for row in rows:
            own = {"definition", "titles", "occupations"} if len(row["code"]) == 4 else set()
            assert set(row) == {"code", "title"} | own

    def test_no_text_is_empty_or_untidy(self, rows):
        texts = list(all_texts(rows))
        assert len(texts) > 35_000
        assert [text for text in texts if not text or text != " ".join(text.split())] == []

    def test_every_unit_group_has_a_title_of_its_own_in_every_further_language(self, unit_groups):
        assert {tuple(row["titles"]) for row in unit_groups} == {LANGUAGES[1:]}
        for language in LANGUAGES[1:]:
            assert repeated(row["titles"][language].casefold() for row in unit_groups) == []

    @pytest.mark.parametrize("level", [1, 2, 3, 4])
    def test_groups_of_one_level_have_different_titles(self, rows, level):
        titles = [row["title"].casefold() for row in rows if len(row["code"]) == level]
        assert repeated(titles) == []

    @pytest.mark.parametrize("described", ["definitions", "descriptions"])
    def test_every_definition_and_description_is_one_sentence_of_its_own(
        self, unit_groups, kinds, described
    ):
        texts = {
            "definitions": [row["definition"] for row in unit_groups],
            "descriptions": [kind["description"] for _, kind in kinds],
        }[described]
        assert repeated(map(str.casefold, texts)) == []
        assert [text for text in texts if not ONE_SENTENCE.fullmatch(text)] == []

    def test_no_definition_or_description_says_what_it_is_not(self, unit_groups, kinds):
        texts = [row["definition"] for row in unit_groups]
        texts += [kind["description"] for _, kind in kinds]
        assert [text for text in texts if NEGATED.search(text)] == []


class TestOccupations:
    def test_every_unit_group_has_some_kinds_of_work(self, unit_groups):
        assert {len(row["occupations"]) for row in unit_groups} <= {1, 2, 3, 4, 5}

    def test_every_kind_has_job_titles_in_every_language_and_a_description(self, kinds):
        for code, kind in kinds:
            assert set(kind) == {*LANGUAGES, "description"}, code
            assert all(kind[language] for language in LANGUAGES), code

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_job_title_stands_twice_in_a_unit_group(self, unit_groups, language):
        for row in unit_groups:
            names = [name.casefold() for kind in row["occupations"] for name in kind[language]]
            assert repeated(names) == [], row["code"]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_job_title_stands_in_more_than_two_unit_groups(self, kinds, language):
        counts = Counter(name.casefold() for _, kind in kinds for name in kind[language])
        assert [name for name, count in counts.items() if count > 2] == []

    def test_english_has_six_job_titles_or_more_for_every_unit_group(self, unit_groups):
        counts = {r["code"]: sum(len(kind["en"]) for kind in r["occupations"]) for r in unit_groups}
        assert {code: count for code, count in counts.items() if count < 6} == {}


class TestOfficialClassification:
    def test_codes_and_titles_are_the_official_ones(self, rows, official):
        ours = {row["code"]: row["title"] for row in rows}
        assert ours == {code: row["preferredLabel"] for code, row in official.items()}

    def test_no_text_of_ours_repeats_a_run_of_words_of_an_official_description(
        self, unit_groups, kinds, official
    ):
        theirs = {run for row in official.values() for run in runs(row["description"])}
        assert len(theirs) > 50_000
        ours = [(row["code"], row["definition"]) for row in unit_groups]
        ours += [(code, kind["description"]) for code, kind in kinds]
        shared = {code: " ".join(run) for code, text in ours for run in runs(text) if run in theirs}
        assert shared == {}

    def test_no_description_repeats_a_run_of_words_of_one_of_an_official_occupation(
        self, kinds, shared_data
    ):
        path = shared_data("esco/v1.2.1/occupations_en.csv", "descriptions are in our own words")
        with path.open(encoding="utf-8-sig", newline="") as file:
            theirs = {run for row in csv.DictReader(file) for run in runs(row["description"])}
        shared = {
            code: " ".join(run)
            for code, kind in kinds
            for run in runs(kind["description"])
            if run in theirs
        }
        assert shared == {}


class TestReading:
    def test_source_has_all_groups_and_kinds_of_work_with_their_texts(self, rows, kinds):
        source = read_starter("en")
        assert (source.name, source.version, source.languages) == ("starter", VERSION, ("en",))
        assert (source.notice, source.warnings) == (None, {})
        assert [(g.isco_code, g.label, g.description, g.alt_labels) for g in source.groups] == [
            (row["code"], row["title"], row.get("definition", ""), ()) for row in rows
        ]
        assert [
            (o.isco_code, [o.label, *o.alt_labels], o.description) for o in source.occupations
        ] == [(code, kind["en"], kind["description"]) for code, kind in kinds]
        assert len({o.uri for o in source.occupations}) == len(kinds)

    def test_without_languages_it_is_read_in_all_english_first(self):
        source = read_starter()
        assert source.languages == LANGUAGES
        assert source == read_starter(*LANGUAGES)

    def test_further_languages_have_the_titles_of_every_unit_group_and_kind(
        self, unit_groups, kinds
    ):
        source = read_starter("en", "sv", "cs")
        assert source.languages == ("en", "sv", "cs")
        units = [group.uri for group in source.groups if len(group.isco_code) == 4]
        for language in ("sv", "cs"):
            texts = source.further[language]
            assert [texts[uri] for uri in units] == [
                LocalText(row["titles"][language]) for row in unit_groups
            ]
            assert [texts[o.uri] for o in source.occupations] == [
                LocalText(kind[language][0], tuple(kind[language][1:])) for _, kind in kinds
            ]

    def test_the_checksum_follows_the_languages(self):
        asked = [("en",), ("en", "sv"), ("en", "cs"), ("en", "cs", "sv")]
        assert len({read_starter(*languages).checksum for languages in asked}) == len(asked)

    def test_every_group_but_the_major_ones_and_every_kind_has_one_broader_group(self):
        source = read_starter("en")
        codes = {concept.uri: concept.isco_code for concept in source.groups}
        pairs = dict(source.broader)
        assert len(source.broader) == len(pairs) == 619 - 10 + len(source.occupations)
        for group in source.groups:
            assert codes.get(pairs.get(group.uri, "")) == parent(group.isco_code)
        for occupation in source.occupations:
            assert codes[pairs[occupation.uri]] == occupation.isco_code


class TestExampleAds:
    def test_sixty_ads_have_unique_ids_and_all_fields(self, ads):
        assert len(ads) == len({ad["id"] for ad in ads}) == 60
        fields = {"id", "title", "description", "language", "isco_code"}
        assert all(set(ad) == fields for ad in ads)
        assert all(ad["title"].strip() and ad["description"].strip() for ad in ads)

    def test_ads_are_in_ten_languages(self, ads):
        assert len({ad["language"] for ad in ads}) == 10

    def test_ads_cover_all_ten_major_groups(self, ads):
        assert {ad["isco_code"][0] for ad in ads} == {*"0123456789", "n"}

    def test_six_rows_are_no_job_and_the_others_have_a_unit_group(self, ads, unit_groups):
        codes = [ad["isco_code"] for ad in ads]
        assert codes.count("not_a_job") == 6
        assert set(codes) - {"not_a_job"} <= {r["code"] for r in unit_groups}


def all_texts(rows):
    for row in rows:
        yield row["title"]
        if len(row["code"]) == 4:
            yield row["definition"]
            yield from row["titles"].values()
            for kind in row["occupations"]:
                yield kind["description"]
                for language in LANGUAGES:
                    yield from kind[language]


def repeated(texts):
    return [text for text, count in Counter(texts).items() if count > 1]


def runs(text):
    words = [word.casefold().replace("’", "'") for word in WORD.findall(text)]
    return {tuple(words[i : i + SHARED_RUN]) for i in range(len(words) - SHARED_RUN + 1)}
