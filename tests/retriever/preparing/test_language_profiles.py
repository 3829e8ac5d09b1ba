"""langdetect's profiles, and its n-grams, without its draws."""

import pytest
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

from isco.retriever.preparing.language_profiles import language_profiles

TEXTS = [
    "We are looking for a Staff Nurse (m/f/d), APPLY NOW at jobs@example.org",
    "Wir suchen eine Köchin für unsere Küche.  https://example.org/jobs?id=1 Bitte bewerben!",
    "Szukamy pielęgniarki oddziałowej do szpitala w Łodzi",
    "Требуется водитель автобуса, opыт от 3 лет",
    "Tuyển dụng kỹ sư phần mềm làm việc tại Hà Nội",
    "ソフトウェアエンジニアを募集しています。",
    "نبحث عن سائق حافلة",
    "招聘厨师，有经验者优先",
]


@pytest.fixture(scope="module")
def factory():
    """langdetect itself."""
    found = DetectorFactory()
    found.load_profile(PROFILES_DIRECTORY)
    found.seed = 0
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_n_grams_are_those_of_langdetect(factory, text):
    detector = factory.create()
    detector.append(text)
    detector.cleaning_text()
    expected = sorted(detector._extract_ngrams())
    profiles = language_profiles()
    known = set(profiles._grams.tolist())
    found = [gram for gram in profiles._grams_of(text).tolist() if gram in known]
    assert sorted(map(_letters, found)) == expected


def _letters(gram):
    letters = [gram >> 21 * at & 0x1FFFFF for at in range(3)]
    return "".join(map(chr, filter(None, letters)))


@pytest.mark.parametrize("text", TEXTS)
def test_sentences_are_in_the_language_that_langdetect_says(factory, text):
    detector = factory.create()
    detector.append(text)
    found = language_profiles().probabilities(text, None, 1.0)
    assert max(found, key=lambda code: found[code]) == detector.detect()
    assert sum(found.values()) == pytest.approx(1)
    assert set(found) == set(factory.langlist)


def test_what_is_asked_for_alone_shares_the_probability():
    found = language_profiles().probabilities("Kucharz", ["en", "pl", "xx"], 0.5)
    assert list(found) == ["en", "pl"]
    assert found["pl"] > 0.9
    blunter = language_profiles().probabilities("Kucharz", ["en", "pl"], 0.1)
    assert 0.5 < blunter["pl"] < found["pl"]


@pytest.mark.parametrize(
    ("text", "among"), [("", None), ("12 % !", None), ("Kucharz", []), ("Kucharz", ["xx"])]
)
def test_what_has_no_n_gram_or_no_profile_has_no_language(text, among):
    assert language_profiles().probabilities(text, among, 1.0) == {}
