"""The language of an ad."""

import json
import sys
from pathlib import Path

import pytest

from isco.core.config import load_settings
from isco.core.errors import UnavailableError
from isco.retriever.preparing import detectors
from isco.retriever.preparing.language import Language, LanguageDetector, LanguageGuess
from isco.retriever.preparing.plain_text import plain_text
from isco.retriever.preparing.rule_extraction import RuleExtractor

EXAMPLES = Path(__file__).parents[3] / "examples" / "ads.jsonl"
UNSURE = "Lead Dev/Ops"  # No language has half of it
GERMAN = "Wir suchen eine Köchin für unsere Küche, die gerne mit frischen Zutaten arbeitet."
ENGLISH = "We are looking for a cook who likes to work with fresh ingredients in our kitchen."


@pytest.fixture(scope="module")
def detector():
    return LanguageDetector(load_settings(environment={}).language)


def test_the_same_text_gets_the_same_answer_whatever_came_before(detector, make_settings):
    first = detector.detect(UNSURE)
    again = [detector.detect(text) and detector.detect(UNSURE) for text in (GERMAN, ENGLISH)]
    assert again == [first, first]
    assert LanguageDetector(make_settings().language).detect(UNSURE) == first


def test_where_the_feed_says_the_language_no_profiles_are_read(make_settings, monkeypatch):
    monkeypatch.setattr(
        "isco.retriever.preparing.language_profiles.language_profiles",
        lambda: pytest.fail("they were read"),
    )
    assert LanguageDetector(make_settings().language).detect(GERMAN, declared="de") == Language(
        "de", 1.0
    )


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("de", "de"),
        ("pt-BR", "pt"),
        ("nl_BE", "nl"),
        ("EN", "en"),
        (" sv ", "sv"),
        ("zh-Hans-CN", "zh"),
        ("deu", "de"),
        ("GER", "de"),
        ("slo", "sk"),
        ("nb-NO", "no"),
        ("nno", "no"),
        ("haw", "haw"),
    ],
)
def test_a_declared_language_stands_whatever_the_text_says(detector, declared, code):
    assert detector.detect(ENGLISH, declared=declared) == Language(code, 1.0)


@pytest.mark.parametrize(
    "declared", [None, "", "  ", "German", "12", "d", "de, en", "-", "und", "mul"]
)
def test_what_is_no_language_tag_does_not_count_as_declared(detector, declared):
    assert detector.detect(GERMAN, declared=declared).code == "de"


@pytest.mark.parametrize("text", ["", "   ", "!!!", "12 345", ". ", "€ 30 – 40 %"])
def test_a_text_without_words_has_no_language(detector, text):
    assert detector.detect(text) == Language(None, 0.0)


def test_a_doubtful_language_is_left_open_with_its_probability(detector, make_settings):
    found = detector.detect(UNSURE)
    assert found.code is None
    assert 0 < found.probability <= 0.5
    lenient = LanguageDetector(make_settings(language__min_probability=0.1).language)
    assert lenient.detect(UNSURE).code is not None


def test_the_probability_is_one_of(detector):
    assert 0.99 < detector.detect(GERMAN).probability <= 1


def test_only_the_beginning_of_a_long_text_counts(detector):
    assert detector.detect(GERMAN * 10 + ENGLISH * 100).code == "de"


def test_the_languages_of_the_examples_are_found(detector, make_settings):
    extractor = RuleExtractor(make_settings().extraction)
    found: dict[str, list[bool]] = {}
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        ad = json.loads(line)
        text = f"{ad['title']}. {extractor.sentences(plain_text(ad['description']))}"
        right = detector.detect(text).code == ad["language"]
        found.setdefault(ad["language"], []).append(right)
    assert sorted(found) == ["cs", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv"]
    # The shortest pages have a title and one word; all others are found.
    assert all(sum(right) >= len(right) - 1 and any(right) for right in found.values()), found


# Among the languages of a taxonomy

LANGUAGES = ("en", "de", "pl", "nl")
FRENCH = "Nous cherchons un cuisinier pour notre cuisine, qui aime travailler avec des produits."


@pytest.fixture
def among(make_settings):
    def make(*languages, **values):
        settings = make_settings(**{f"language__{key}": value for key, value in values.items()})
        return LanguageDetector(settings.language, languages or LANGUAGES)

    return make


@pytest.mark.parametrize(
    ("title", "code"),
    [("Plumber", "en"), ("Kucharz", "pl"), ("Bäcker", "de"), ("PIELĘGNIARKA", "pl")],
)
def test_a_title_is_told_among_the_languages_of_the_taxonomy(among, title, code):
    found = among().detect(title)
    assert (found.code, found.guesses[0].code) == (code, code)
    assert found.probability == found.guesses[0].probability > 0.5
    assert len(found.guesses) == 3
    assert not found.is_foreign
    probabilities = [guess.probability for guess in found.guesses]
    assert probabilities == sorted(probabilities, reverse=True)


def test_a_title_that_no_language_claims_is_searched_in_the_first_ones(among):
    found = among().detect("厨师")
    assert (found.code, found.is_foreign) == (None, False)
    assert [guess.code for guess in found.guesses] == ["en", "de", "pl"]


@pytest.mark.parametrize("title", ["", "!!!", "12 345"])
def test_what_has_no_words_is_searched_in_the_main_language_alone(among, title):
    assert among().detect(title) == Language(None, 0.0)


def test_a_long_text_tells_its_language_whatever_the_title(among):
    found = among().detect("Head Cook", GERMAN)
    assert (found.code, found.guesses) == ("de", (LanguageGuess("de", 1.0),))


def test_a_long_text_in_a_language_that_the_taxonomy_lacks_is_foreign(among):
    found = among().detect("Cook", FRENCH)
    assert (found.code, found.guesses, found.is_foreign) == ("fr", (), True)


@pytest.mark.parametrize(
    ("declared", "guesses"), [("de-AT", (LanguageGuess("de", 1.0),)), ("fr", ())]
)
def test_a_declared_language_is_the_only_guess_if_the_taxonomy_has_it(among, declared, guesses):
    found = among().detect("Cook", GERMAN, declared)
    assert (found.guesses, found.is_foreign) == (guesses, not guesses)


def test_what_the_feed_is_mostly_in_decides_doubtful_titles(among):
    title = "Menedżer"
    shares = {"pl": 0.97, "en": 0.03}
    alone, told = among("en", "pl").detect(title), among("en", "pl", shares=shares).detect(title)
    assert told.guesses[0].code == "pl"
    by_code = [{g.code: g.probability for g in found.guesses} for found in (alone, told)]
    assert by_code[1]["pl"] > by_code[0]["pl"]


def test_a_language_of_the_feed_that_the_taxonomy_lacks_is_recognised_by_titles(among):
    detector = among("en", "de", shares={"pl": 0.9, "en": 0.1})
    polish, english = detector.detect("Kucharz"), detector.detect("Plumber")
    assert (polish.code, polish.guesses, polish.is_foreign) == ("pl", (), True)
    assert (english.code, english.guesses[0].code) == ("en", "en")
    assert among("en", "de").detect("Kucharz").code != "pl"


def test_a_share_of_nothing_leaves_a_language_possible(among):
    found = among("en", "pl", shares={"en": 1.0}).detect("Pielęgniarka")
    assert {guess.code for guess in found.guesses} == {"en", "pl"}


def test_py3langid_answers_as_the_other_detector(among):
    pytest.importorskip("py3langid")
    detector = among("en", "pl", detector="py3langid")
    assert detector.detect("Pielęgniarka oddziałowa").guesses[0].code == "pl"
    assert detector.detect("Cook", GERMAN).code == "de"
    assert detector.detect("") == Language(None, 0.0)
    assert among("xx", detector="py3langid").detect("Cook") == Language(None, 0.0)


def test_where_py3langid_is_wanted_and_missing_the_extra_is_named(among, monkeypatch):
    detectors._py3langid.cache_clear()
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    with pytest.raises(UnavailableError, match=r"pip install 'isco\[language\]'"):
        among(detector="py3langid")


@pytest.mark.parametrize("language", ["en", "pl", "ga"])
@pytest.mark.parametrize("title", [*"qxz", "c++ developer", "dev/ops", "x 12", "écrivain", "厨师"])
def test_of_one_language_a_title_is_in_that_as_among_several(title, language):
    detector = detectors.Langdetect(load_settings(environment={}).language)
    several = detector.of_title(title, [language, "zz"])
    assert detector.of_title(title, [language]) == pytest.approx(several)


# Titles of which a taxonomy in one language knows little


@pytest.fixture
def in_english(make_settings):
    """Of a detector whose taxonomy, in English alone, knows that share of any title's words."""
    return lambda share: LanguageDetector(make_settings().language, ["en"], lambda _: share)


ALONE = (LanguageGuess("en", 1.0),)


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Krankenschwester", "de"),
        ("Conducteur de travaux routiers", "fr"),
        ("Pracownik magazynu", "pl"),
        ("Auxiliar de enfermería", "es"),
        ("Magazijnmedewerker", "nl"),
    ],
)
def test_a_title_of_which_the_taxonomy_knows_little_is_not_read_as_of_its_language(
    in_english, title, code
):
    found = in_english(0.34).detect(title)
    assert (found.code, found.guesses, found.is_foreign) == (code, ALONE, False)
    assert in_english(0.35).detect(title) == Language("en", 1.0, ALONE)


def test_a_title_that_is_unsure_among_the_likely_languages_is_left_open(in_english):
    found = in_english(0.0).detect(UNSURE)
    assert (found.code, found.guesses) == (None, ALONE)


def test_the_feed_s_languages_and_several_of_the_taxonomy_go_before_what_it_knows(make_settings):
    def never(title):
        pytest.fail(f"asked for {title}")

    shared = make_settings(language__shares={"de": 0.9, "en": 0.1}).language
    assert LanguageDetector(shared, ["en"], never).detect("Bäckerin").is_foreign
    several = LanguageDetector(make_settings().language, ["en", "de"], never)
    assert several.detect("Bäckerin").code == "de"


class TestEverydayNames:
    """Languages in which the taxonomy has what unit groups are called every day, and no more."""

    @pytest.fixture
    def detect(self):
        settings = load_settings(environment={}).language

        def detect(title, known):
            said = {True: 1.0, False: 0.5}[known]
            detector = LanguageDetector(settings, ("en", "de", "fr"), lambda _: said, ("de", "fr"))
            return detector.detect(title)

        return detect

    def test_a_title_may_be_in_any_of_them(self, detect):
        found = detect("Krankenpfleger und Altenpfleger", known=False)
        assert found.guesses[0].code == "de"

    def test_one_that_the_main_language_knows_is_in_none(self, detect):
        found = detect("Krankenpfleger und Altenpfleger", known=True)
        assert [guess.code for guess in found.guesses] == ["en"]

    def test_a_declared_language_stands(self):
        settings = load_settings(environment={}).language
        detector = LanguageDetector(settings, ("en", "de"), lambda _: 1.0, ("de",))
        assert [guess.code for guess in detector.detect("Manager", "", "de").guesses] == ["de"]
