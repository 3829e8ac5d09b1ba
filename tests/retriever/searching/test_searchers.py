"""The search in several languages: which one an ad is searched in, and what comes of it."""

from dataclasses import replace

import numpy as np
import pytest

from isco.core import words
from isco.core.records import Profile
from isco.retriever.preparing.language import LanguageDetector, LanguageGuess
from isco.retriever.searching.inverted_index import InvertedIndex
from isco.retriever.searching.query import Query
from isco.retriever.searching.searchers import Searchers
from tests.support.doubles import HashingEmbedder, make_concept, searchers_over

NAMES = {
    "2221": {"en": "nurse", "de": "Krankenpfleger", "pl": "pielęgniarka"},
    "5120": {"en": "cook", "de": "Koch", "pl": "kucharz"},
    "7512": {"en": "baker", "de": "Bäcker", "pl": "piekarz"},
    "8332": {"en": "truck driver", "de": "Lkw-Fahrer", "pl": "kierowca ciężarówki"},
}
LEAVES = [
    replace(make_concept(code, names["en"]), label=names[language], language=language)
    for language in ("en", "de", "pl")
    for code, names in NAMES.items()
]


@pytest.fixture
def embedder():
    return HashingEmbedder()


@pytest.fixture
def searchers(make_settings, embedder):
    return searchers_over(LEAVES, make_settings().search, embedder)


def query(title, text="", **languages):
    guesses = tuple(LanguageGuess(code, share) for code, share in languages.items())
    return Query(Profile(title, text), text, guesses)


@pytest.mark.parametrize(
    ("title", "language", "code"),
    [
        ("Cook", "en", "5120"),
        ("Koch", "de", "5120"),
        ("kucharz", "pl", "5120"),
        ("Bäcker nachts", "de", "7512"),
        ("pielęgniarka na oddział", "pl", "2221"),
    ],
)
def test_of_several_languages_the_one_whose_names_a_title_meets_is_taken(
    searchers, title, language, code
):
    (match,) = searchers.match([query(title, en=0.4, de=0.3, pl=0.3)])
    assert match.language == language
    assert match.code_ranking(1) == (code,)


def test_a_language_that_is_next_to_certain_outweighs_a_name_in_another(searchers):
    (match,) = searchers.match([query("Koch", en=0.999, de=0.001)])
    assert match.language == "en"


@pytest.mark.parametrize("language", ["en", "de", "pl"])
def test_a_language_that_is_known_stands_whatever_the_names(searchers, language):
    matches = searchers.match([query(title, **{language: 1.0}) for title in ("Koch", "Cook")])
    assert [match.language for match in matches] == [language, language]
    assert all(concept.language == language for concept in matches[0].index.concepts)


def test_where_no_name_speaks_the_most_probable_language_is_taken(searchers):
    matches = searchers.match([query("厨师", de=0.5, en=0.5), query("厨师", pl=0.6, en=0.4)])
    assert [match.language for match in matches] == ["de", "pl"]


@pytest.mark.parametrize("foreign", [False, True])
def test_an_ad_in_an_unknown_language_is_searched_in_the_main_one(searchers, foreign):
    (match,) = searchers.match([replace(query("Koch"), foreign=foreign)])
    assert match.language == "en"


def test_candidates_have_the_name_of_the_ads_language_beside_that_of_the_main_one(searchers):
    german, english = searchers.match([query("Koch", de=1.0), query("Cook", en=1.0)])
    found = german.candidates(1)[0]
    assert (found.label, found.local_label, found.name) == ("cook", "Koch", "Koch (cook)")
    found = english.candidates(1)[0]
    assert (found.label, found.local_label, found.name) == ("cook", None, "cook")


def test_matches_come_in_the_order_of_the_queries_and_are_those_of_each_alone(searchers):
    queries = [
        query("kucharz", pl=1.0),
        query("Nurse", "You care for patients."),
        query("Koch", de=0.5, en=0.5),
        query("Lkw-Fahrer", de=1.0),
        query("piekarz", en=0.5, pl=0.5),
    ]
    matches = searchers.match(queries)
    assert [match.language for match in matches] == ["pl", "en", "de", "de", "pl"]
    for match, one in zip(matches, queries, strict=True):
        (alone,) = searchers.match([one])
        np.testing.assert_allclose(match.total, alone.total, atol=1e-5)
        np.testing.assert_array_equal(match.title, alone.title)
        assert match.signals.keys() == alone.signals.keys()
    assert searchers.match([]) == []


def test_a_title_is_embedded_once_for_all_languages(searchers, embedder):
    searchers.match([query("Koch", "Du kochst.", en=0.4, de=0.3, pl=0.3)])
    assert embedder.asked == ["Koch", "Du kochst."]


def test_what_is_known_of_a_code_is_the_best_of_its_leaves(searchers):
    (match,) = searchers.match([query("Koch", de=1.0)])
    (row,) = match.index.rows_of("5120")
    assert match.best("labels", "5120") == pytest.approx(float(match.signals["labels"][row]))
    assert match.best("labels", "9999") is None
    assert match.best("body and soul", "5120") is None


def test_the_code_of_a_title_is_ahead_in_each_signal_and_others_behind(searchers):
    (match,) = searchers.match([query("truck driver", en=1.0)])
    ahead = match.leads(("labels", "lexical", "words", "soul"), "8332")
    behind = match.leads(("labels", "lexical"), "5120")
    assert ahead.keys() == match.signals.keys() & {"labels", "lexical", "words"}
    assert min(ahead.values()) > 0 > max(behind.values())
    assert match.leads(("labels",), "9999") == {}
    others = np.delete(match.signals["labels"], match.index.rows_of("8332"))
    best, spread = match.best("labels", "8332"), match.signals["labels"].std()
    assert ahead["labels"] == pytest.approx((best - others.max()) / spread, rel=1e-4)


class Noting(dict):
    """Indexes by language that note which are asked for."""

    asked = ()

    def __getitem__(self, language):
        self.asked += (language,)
        return super().__getitem__(language)


def test_a_search_is_made_when_an_ad_needs_its_language_and_made_once(make_settings, searchers):
    indexes = Noting({language: searchers[language].index for language in ("en", "de", "pl")})
    made = Searchers(indexes, HashingEmbedder(), make_settings().search)
    assert made.languages == ("en", "de", "pl")
    assert indexes.asked == ()
    for _ in range(2):
        made.match([query("Koch", de=1.0), query("Cook", en=1.0)])
    assert sorted(indexes.asked) == ["de", "en"]
    assert made.main is made["en"]


@pytest.mark.parametrize(
    ("title", "languages"),
    [("Krankenpfleger gesucht für unsere Station in der Nähe von Köln und Bonn", ["de"]), ("", [])],
)
def test_a_title_given_alone_is_searched_in_the_languages_that_it_may_be_in(
    make_settings, title, languages
):
    detector = LanguageDetector(make_settings().language, ["en", "de", "pl"])
    found = Query.of_title(f" {title}\n", detector)
    assert found.profile == Profile(title, "")
    assert [guess.code for guess in found.languages][:1] == languages


class TestEverydayNames:
    """Languages in which there is no more than what unit groups are called every day."""

    SALES = make_concept("3322", "sales representative", "field seller")

    @pytest.fixture
    def make(self, make_settings, embedder):
        def made(leaves=LEAVES, everyday=("de", "pl"), **settings):
            return searchers_over(leaves, make_settings(**settings).search, embedder, everyday)

        return made

    def test_an_ad_is_searched_in_the_main_language_beside_them(self, make):
        (match,) = make(search__everyday_weight=5).match([query("Bäcker", de=1.0)])
        assert match.language == "de"
        assert match.is_foreign
        assert {concept.language for concept in match.index.concepts} == {"en"}
        assert match.code_ranking(1) == ("7512",)
        assert match.candidates(1)[0].label == "baker"

    def test_they_are_found_out_as_other_languages_are(self, make):
        matches = make().match([query(name, en=0.4, de=0.3, pl=0.3) for name in ("Koch", "Cook")])
        assert [match.language for match in matches] == ["de", "en"]
        assert [match.is_foreign for match in matches] == [True, False]

    def test_what_the_main_language_says_counts_as_well(self, make):
        leaves = [*LEAVES, self.SALES]
        (match,) = make(leaves).match([query("field seller Koch", de=1.0)])
        assert set(match.code_ranking(2)) == {"3322", "5120"}

    def test_their_weight_is_configured(self, make):
        (match,) = make(search__everyday_weight=0).match([query("Lkw-Fahrer", de=1.0)])
        (alone,) = make().match([replace(query("Lkw-Fahrer"), foreign=True)])
        np.testing.assert_array_equal(match.total, alone.total)

    def test_a_name_to_the_letter_is_known_near_and_said(self, make):
        (match,) = make().match([query("Lkw-Fahrer", de=1.0)])
        assert match.codes_named("lkw-fahrer") == {"8332"}
        assert match.codes_named("nurse") == {"2221"}
        assert match.best("lexical", "8332") == match.most_like("lexical") > 1
        assert match.said_of("8332", "Lkw-Fahrer") == 1.0

    def test_reading_the_text_adds_to_them(self, make):
        searchers = make()
        queries = [query("Koch", "We bake bread.", de=1.0)]
        read = searchers.match(queries)
        unread = searchers.match(queries, read=False)
        assert not unread[0].has_read
        (after,) = searchers.read(queries, unread)
        assert after.has_read
        np.testing.assert_allclose(after.total, read[0].total, rtol=1e-5)

    def test_a_group_that_has_none_is_as_far_away_as_the_farthest(self, make):
        (match,) = make([*LEAVES, self.SALES]).match([query("Koch", de=1.0)])
        assert match.everyday.total.shape == (5,)
        row = match.index.codes.index("3322")
        assert match.everyday.total[row] == match.everyday.total.min()

    @pytest.mark.parametrize(
        ("title", "code", "asked"),
        [("Truck driver", "8332", {"en"}), ("Lkw-Fahrer", "8332", {"en", "de", "pl"})],
    )
    def test_a_title_all_of_whose_words_the_main_language_knows_is_in_no_other(
        self, make, make_settings, embedder, title, code, asked
    ):
        made, settings = make(), make_settings()
        indexes = Noting({language: made[language].index for language in made.languages})
        said = words.document_vectors([names["en"] for names in NAMES.values()])
        rows = [said.row(row) for row in range(len(NAMES))]
        indexes["en"] = replace(made["en"].index, words=InvertedIndex.of(rows))
        searchers = Searchers(indexes, embedder, settings.search, everyday=made.everyday)
        (found,) = searchers.nearest(f"{title}\n", settings.language, 1)
        assert found.isco_code == code
        assert set(indexes.asked) == asked

    def test_what_else_is_asked_changes_nothing(self, make):
        searchers = make()
        some = [query("Koch", de=1.0), query("Cook", en=1.0), query("kucharz", en=0.5, pl=0.5)]
        some.append(replace(query("kok", en=1.0), foreign=True))
        for one, match in zip(some, searchers.match(some), strict=True):
            (alone,) = searchers.match([one])
            assert match.language == alone.language
            assert match.signals.keys() == alone.signals.keys()
            np.testing.assert_allclose(match.total, alone.total, rtol=1e-5)
