"""Several chunks at once, their results in order. Pure but for the executor that is given."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def in_order(
    executor: Executor,
    function: Callable[[Piece], Result],
    pieces: Iterable[Piece],
    at_once: int,
) -> Iterator[tuple[Piece, Result]]:
    """Each of `pieces` with what `function` makes of it, in order; `at_once` are under way.

    An error in reading `pieces` is raised after the results of those before it.
    """
    under_way: deque[tuple[Piece, Future[Result]]] = deque()
    errors: list[Exception] = []

    def until_error() -> Iterator[Piece]:
        try:
            yield from pieces
        except Exception as error:
            errors.append(error)

    try:
        for piece in until_error():
            under_way.append((piece, executor.submit(function, piece)))
            if len(under_way) == at_once:
                yield _first(under_way)
        while under_way:
            yield _first(under_way)
    finally:
        for _, future in under_way:
            future.cancel()
    if errors:
        raise errors[0]


def _first(under_way: deque[tuple[Piece, Future[Result]]]) -> tuple[Piece, Result]:
    piece, future = under_way[0]
    result = future.result()
    under_way.popleft()
    return piece, result
