"""A feed's first ads, looked at before a run begins."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from isco.core.errors import InputError
from isco.core.records import Ad, Row
from isco.core.settings import InputSettings, Settings
from isco.retriever.preparing.feed_languages import LOOKED_AHEAD, feed_shares
from isco.retriever.preparing.preprocessor import Preprocessor
from isco.retriever.reading.inputs import AdFile

# Ads of each file that say which fields there are.
_FIRST_ADS = 1000


def look_ahead(
    rows: Iterable[Row], settings: Settings, preprocessor: Preprocessor | None = None
) -> tuple[Iterator[Row], Settings]:
    """All of `rows`, and the settings with the feed's mix of languages where they leave it open.

    It is counted in the first rows of a whole file, so that a run which goes on, or one of many
    workers, has the same. Rows before an error in reading come before it is raised. What is read
    of them is shared with `preprocessor`.
    """
    rows = iter(rows)
    if settings.language.shares is not None:
        return rows, settings
    first: list[Row] = []
    broke: InputError | None = None
    try:
        for row in islice(rows, LOOKED_AHEAD):
            first.append(row)  # noqa: PERF402 (what is there when reading fails is to stay)
    except InputError as error:
        if not first:
            raise
        broke = error
    shares = feed_shares(first, settings, preprocessor)
    language = settings.language.model_copy(update={"shares": shares})
    found = _before(first, broke) if broke else chain(first, rows)
    return found, settings.model_copy(update={"language": language})


def first_extras(files: Sequence[AdFile], columns: InputSettings) -> Iterator[Mapping[str, Any]]:
    """What the first ads of every file brought along, up to where one can't be read."""
    for file in files:
        try:
            for row in islice(file.rows(columns), _FIRST_ADS):
                if isinstance(row, Ad):
                    yield row.extra
        except InputError:
            return


def _before(rows: Iterable[Row], error: InputError) -> Iterator[Row]:
    yield from rows
    raise error
