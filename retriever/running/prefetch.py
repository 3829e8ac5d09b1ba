"""Several pieces of work at once, their results in order. Pure but for what begins the work."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")
Given = TypeVar("Given", covariant=True)


class UnderWay(Protocol[Given]):
    """Work that has begun, as a `concurrent.futures.Future`."""

    def result(self) -> Given:
        """What came of it, once it is done; raises what the work raised."""
        ...

    def cancel(self) -> object:
        """Don't begin what has not begun."""
        ...


def in_order(
    begin: Callable[[Piece], UnderWay[Result]], pieces: Iterable[Piece], at_once: int
) -> Iterator[tuple[Piece, Result]]:
    """Each of `pieces` with the result of what `begin` began, in order; `at_once` are under way.

    An error in reading `pieces` is raised after the results of those before it.
    """
    under_way: deque[tuple[Piece, UnderWay[Result]]] = deque()
    errors: list[Exception] = []

    def until_error() -> Iterator[Piece]:
        try:
            yield from pieces
        except Exception as error:
            errors.append(error)

    try:
        for piece in until_error():
            under_way.append((piece, begin(piece)))
            if len(under_way) == at_once:
                yield _first(under_way)
        while under_way:
            yield _first(under_way)
    finally:
        for _, work in under_way:
            work.cancel()
    if errors:
        raise errors[0]


def _first(under_way: deque[tuple[Piece, UnderWay[Result]]]) -> tuple[Piece, Result]:
    piece, work = under_way[0]
    result = work.result()
    under_way.popleft()
    return piece, result
