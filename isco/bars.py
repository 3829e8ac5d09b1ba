"""Progress of long work in a notebook: nothing unless it is asked for, else tqdm's bars."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from isco.core.progress import Progress

# True for a bar that suits the place, or what makes bars, such as tqdm.tqdm.
Wanted = bool | Callable[..., Any]


class _Silent:
    def start(self, stage: str, total: int | None) -> None:
        pass

    def advance(self, done: int) -> None:
        pass


class _Bars:
    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make
        self._bar: Any = None

    def start(self, stage: str, total: int | None) -> None:
        self.close()
        self._bar = self._make(total=total, desc=stage)

    def advance(self, done: int) -> None:
        self._bar.update(done)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


@contextmanager
def bars(wanted: Wanted) -> Iterator[Progress]:
    """Whom long work tells of itself until the end of the block."""
    if wanted is False:
        yield _Silent()
        return
    if wanted is True:
        from tqdm.auto import tqdm

        wanted = tqdm
    found = _Bars(wanted)
    try:
        yield found
    finally:
        found.close()
