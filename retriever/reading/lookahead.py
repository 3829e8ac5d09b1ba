"""Bytes that can be looked at before they are read, from anything that gives them bit by bit."""

from collections.abc import Callable

PIECE = 1 << 16


class Lookahead:
    """The bytes that `read` gives, at most as many as it is asked for, none at the end.

    `live` says that they may come when somebody types or sends them: then no more is looked at than
    must be, so that what is known can be answered, and what is found does not depend on the time.
    """

    def __init__(self, read: Callable[[int], bytes], live: bool = False) -> None:
        self._source = read
        self._held = b""
        self._at = 0
        self._error: Exception | None = None
        self._ended = False
        self.live = live

    def read(self, size: int = PIECE) -> bytes:
        """Some bytes, `size` at most; none at the end. An error comes after what is there."""
        if self._at == len(self._held):
            self._more(size)
        found = self._held[self._at : self._at + size]
        self._at += len(found)
        if not found and self._error:
            raise self._error
        return found

    def ahead(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end; they are still to be read."""
        while len(self._held) - self._at < size and self._more(max(size, PIECE)):
            pass
        return self._held[self._at : self._at + size]

    def line_ahead(self, limit: int) -> bytes:
        """What is to be read up to the next line that holds something, `limit` bytes at most.

        Of what lies in a file, the next `limit` bytes, however many lines these are.
        """
        if not self.live:
            return self.ahead(limit)
        while True:
            found = self._held[self._at : self._at + limit]
            is_there = any(line.strip() for line in found.split(b"\n")[:-1])
            if is_there or len(found) == limit or not self._more(PIECE):
                return found

    def _more(self, size: int) -> bool:
        """Hold more, if there is more."""
        if self._ended:
            return False
        try:
            found = self._source(size)
        except Exception as error:
            self._error = error
            found = b""
        self._held, self._at = self._held[self._at :] + found, 0
        self._ended = not found
        return bool(found)
