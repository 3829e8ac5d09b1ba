"""A feed is looked at before a run, and comes whole to it."""

import pytest

from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow
from isco.retriever.preparing.feed_languages import LOOKED_AHEAD
from isco.retriever.running.feed import look_ahead

GERMAN = "Wir suchen eine Köchin für unsere Küche, die gerne mit frischen Zutaten arbeitet."


def feed(count, language=None):
    return [
        BrokenRow(str(row), row, row, "no JSON")
        if row == 3
        else Ad(str(row), f"Koch {row}", GERMAN, row, row, language=language)
        for row in range(1, count + 1)
    ]


@pytest.mark.parametrize("count", [0, 1, 30, LOOKED_AHEAD, LOOKED_AHEAD + 1, LOOKED_AHEAD + 50])
@pytest.mark.parametrize("shares", [None, {"pl": 1.0}])
def test_no_row_is_lost_and_the_order_stays(make_settings, count, shares):
    rows, _ = look_ahead(iter(feed(count)), make_settings(language__shares=shares))
    assert list(rows) == feed(count)


def test_the_languages_of_the_feed_join_the_settings_and_nothing_else_changes(make_settings):
    settings = make_settings()
    _, found = look_ahead(feed(30), settings)
    assert found.language.shares == {"de": 1.0}
    assert found.model_copy(update={"language": settings.language}) == settings
    assert settings.language.shares is None


@pytest.mark.parametrize("rows", [feed(10), feed(60, language="de")], ids=["few", "declared"])
def test_where_there_is_nothing_to_help_the_shares_stay_open(make_settings, rows):
    settings = make_settings()
    assert look_ahead(rows, settings)[1] == settings


def test_configured_shares_stand_and_the_feed_is_not_looked_at(make_settings):
    def rows():
        pytest.fail("the feed was read")
        yield

    settings = make_settings(language__shares={"pl": 0.9, "en": 0.1})
    assert look_ahead(rows(), settings)[1] is settings


def test_a_feed_is_read_no_further_than_it_is_looked_at(make_settings):
    read = []

    def rows():
        for row in feed(LOOKED_AHEAD + 50):
            read.append(row)
            yield row

    look_ahead(rows(), make_settings())
    assert len(read) == LOOKED_AHEAD


@pytest.mark.parametrize("count", [1, 3, LOOKED_AHEAD - 1, LOOKED_AHEAD, LOOKED_AHEAD + 5])
def test_the_rows_before_a_feed_breaks_off_come_then_the_error(make_settings, count):
    def rows():
        yield from feed(count)
        raise InputError("it breaks off")

    found, _ = look_ahead(rows(), make_settings())
    read = []
    with pytest.raises(InputError, match="it breaks off"):
        for row in found:
            read.append(row)  # noqa: PERF402 (what is there when reading fails is compared)
    assert read == feed(count)


def test_a_feed_that_can_not_be_read_at_all_is_an_error_at_once(make_settings):
    def rows():
        raise InputError("no file of ads")
        yield

    with pytest.raises(InputError, match="no file of ads"):
        look_ahead(rows(), make_settings())
