"""What language a feed is in, told by its first ads together."""

import pytest

from isco.core.records import Ad, BrokenRow
from isco.retriever.preparing.feed_languages import LOOKED_AHEAD, feed_shares
from isco.retriever.preparing.preprocessor import Preprocessor

TITLES = {
    "pl": [
        "Kucharz", "Sprzedawca", "Kierowca autobusu", "Pielęgniarka oddziałowa", "Magazynier",
        "Piekarz", "Spawacz", "Księgowa", "Nauczyciel matematyki", "Lekarz rodzinny",
        "Sprzątaczka biurowa", "Operator wózka widłowego", "Ślusarz", "Fryzjerka", "Ogrodnik",
        "Przedstawiciel handlowy", "Mechanik samochodowy", "Pracownik produkcji",
        "Specjalista do spraw sprzedaży", "Młodszy księgowy", "Kelnerka", "Opiekunka dzieci",
    ],
    "de": [
        "Koch", "Verkäufer im Einzelhandel", "Busfahrer", "Krankenschwester", "Lagerarbeiter",
        "Bäcker", "Schweißer", "Buchhalter", "Lehrer für Mathematik", "Hausarzt",
        "Reinigungskraft", "Staplerfahrer", "Schlosser", "Friseurin", "Gärtner",
        "Handelsvertreter", "Kraftfahrzeugmechaniker", "Produktionsmitarbeiter",
        "Sachbearbeiter für den Vertrieb", "Buchhalterin", "Kellnerin", "Kinderbetreuerin",
    ],
}  # fmt: skip
TEXTS = {
    "pl": "Szukamy osoby, która lubi gotować i chce pracować w naszej kuchni przy daniach.",
    "de": "Wir suchen eine Köchin für unsere Küche, die gerne mit frischen Zutaten arbeitet.",
}


def ads(*titles, text="", language=None):
    return [
        Ad(str(row), title, text, row, row, language=language)
        for row, title in enumerate(titles, start=1)
    ]


@pytest.fixture
def shares(make_settings):
    return lambda rows: feed_shares(rows, make_settings())


@pytest.mark.parametrize("language", TITLES)
def test_titles_that_say_little_one_by_one_tell_the_language_together(shares, language):
    found = shares(ads(*TITLES[language]))
    assert max(found, key=found.get) == language
    assert found[language] > 0.75


def test_ads_declared_to_be_in_no_language_in_particular_leave_it_open(shares):
    assert shares(ads(*TITLES["pl"], language="und")) == shares(ads(*TITLES["pl"]))


def test_a_mixed_feed_has_the_share_of_each(shares):
    found = shares(ads(*TITLES["pl"], *TITLES["de"]))
    assert found["pl"] == pytest.approx(0.5, abs=0.15)
    assert found["de"] == pytest.approx(0.5, abs=0.15)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert all(share >= 0.01 and share == round(share, 2) for share in found.values())


def test_texts_and_what_the_feed_declares_count_with_the_titles(shares):
    told = ads(*["Manager"] * 25, text=TEXTS["pl"])
    declared = ads(*["Manager"] * 25, language="de-AT")
    found = shares([*told, *declared])
    assert found == {"pl": pytest.approx(0.5, abs=0.02), "de": pytest.approx(0.5, abs=0.02)}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        ads(*TITLES["pl"][:19]),
        [*ads(*TITLES["pl"][:19]), *ads(*TITLES["pl"], language="pl")],
        [*ads(*TITLES["pl"][:19]), *[BrokenRow("b", 20, 20, "no JSON")] * 50],
    ],
    ids=["none", "few", "declared", "broken"],
)
def test_too_few_ads_that_leave_their_language_open_tell_nothing(shares, rows):
    assert shares(rows) is None


def test_ads_without_a_word_tell_nothing(shares):
    assert shares(ads(*["123"] * 25)) == {}


def test_only_the_first_ads_are_looked_at(shares):
    def feed():
        yield from ads(*["Manager"] * LOOKED_AHEAD, text=TEXTS["de"])
        pytest.fail("a feed was read on")

    assert shares(feed()) == {"de": 1.0}


def test_what_is_looked_at_ahead_is_not_read_again_and_finds_the_same(
    shares, make_settings, monkeypatch
):
    feed = ads(*TITLES["pl"], text=TEXTS["pl"])
    preprocessor = Preprocessor(make_settings(), ["en", "pl"])
    alone = [Preprocessor(make_settings(), ["en", "pl"]).preprocess(ad) for ad in feed]
    assert feed_shares(feed, make_settings(), preprocessor) == shares(feed)
    monkeypatch.setattr(preprocessor.rules, "extract", None)
    assert [preprocessor.preprocess(ad) for ad in feed] == alone
