"""The language of an ad."""

import json
from pathlib import Path

import pytest

from isco.core.config import load_settings
from isco.retriever.preparing.language import Language, LanguageDetector
from isco.retriever.preparing.plain_text import plain_text
from isco.retriever.preparing.rule_extraction import RuleExtractor

EXAMPLES = Path(__file__).parents[3] / "examples" / "ads.jsonl"
UNSURE = "Lead Dev/Ops"  # langdetect's draws disagree on it
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
        "isco.retriever.preparing.language._factory", lambda seed: pytest.fail("they were read")
    )
    assert LanguageDetector(make_settings().language).detect(GERMAN, "de") == Language("de", 1.0)


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("de", "de"),
        ("pt-BR", "pt"),
        ("nl_BE", "nl"),
        ("EN", "en"),
        (" sv ", "sv"),
        ("zh-Hans-CN", "zh"),
    ],
)
def test_a_declared_language_stands_whatever_the_text_says(detector, declared, code):
    assert detector.detect(ENGLISH, declared) == Language(code, 1.0)


@pytest.mark.parametrize("declared", [None, "", "  ", "German", "12", "d", "de, en", "-"])
def test_what_is_no_language_tag_does_not_count_as_declared(detector, declared):
    assert detector.detect(GERMAN, declared).code == "de"


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
