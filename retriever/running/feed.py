"""A feed's first ads, looked at before a run begins."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from isco.core.records import Row
from isco.core.settings import Settings
from isco.retriever.preparing.feed_languages import LOOKED_AHEAD, feed_shares


def look_ahead(rows: Iterable[Row], settings: Settings) -> tuple[Iterator[Row], Settings]:
    """All of `rows`, and the settings with the feed's mix of languages where they leave it open.

    It is counted in the first rows of a whole file, so that a run which goes on, or one of many
    workers, has the same.
    """
    rows = iter(rows)
    if settings.language.shares is not None:
        return rows, settings
    first = list(islice(rows, LOOKED_AHEAD))
    shares = feed_shares(first, settings)
    language = settings.language.model_copy(update={"shares": shares})
    return chain(first, rows), settings.model_copy(update={"language": language})
