"""Which worker an ad goes to: ads that are alike to the same one, as many to each. Pure.

A worker remembers what it has read and embedded. Feeds repeat themselves, and what the same worker
gets again costs nothing.
"""

from cachetools import LRUCache

from isco.core.records import Ad, Row

_KEPT = 65_536
# A posting that comes again keeps the beginning of its title more often than all of it.
_LETTERS = 12


class Router:
    """Ads whose titles begin alike go to one of `number` workers, new ones to the least busy.

    None is given more than `most_ahead` ads above another, were all titles the same.
    """

    def __init__(self, number: int, most_ahead: int) -> None:
        self._given = [0] * number
        self._most_ahead = most_ahead
        self._worker_of: LRUCache[str, int] = LRUCache(_KEPT)

    def worker(self, row: Row) -> int:
        """The number of the worker, from 0, that is to have the row."""
        least_busy = self._given.index(min(self._given))
        worker = least_busy
        if isinstance(row, Ad):
            key = _likeness(row)
            worker = self._worker_of.get(key, least_busy)
            if self._given[worker] - self._given[least_busy] >= self._most_ahead:
                worker = least_busy
            self._worker_of[key] = worker
        self._given[worker] += 1
        return worker


def _likeness(ad: Ad) -> str:
    """The first letters of the title, or of the text where the title has none."""
    return _first_letters(ad.title) or _first_letters(ad.description)


def _first_letters(text: str) -> str:
    return "".join(filter(str.isalpha, text[: 4 * _LETTERS].casefold()))[:_LETTERS]
