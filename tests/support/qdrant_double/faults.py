"""What can go wrong at a server, one request at a time."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Points = list[dict[str, Any]]


@dataclass
class Fault:
    """Strikes the next `times` requests of that method whose path matches `path`.

    `status` answers with an error, after the work is done when `works`, with that `text`, or `raw`
    as the whole body, and over gRPC with that `code` where it is not the usual one; `cut` does the
    work and ends the connection in the middle of the answer; one that `hangs` never answers;
    `change` works with another body than came.
    """

    method: str = "[A-Z]+"
    path: str = ".*"
    times: int = 1
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    code: str = ""
    raw: str = ""
    works: bool = True
    cut: bool = False
    hangs: bool = False
    change: Callable[[Any], Any] = lambda body: body

    def strikes(self, method: str, path: str) -> bool:
        """Whether it is this request's turn."""
        return bool(re.fullmatch(self.method, method) and re.fullmatch(self.path, path))


NOTHING = Fault()


def answer_with(status: int, headers: Mapping[str, str] | None = None, **which: Any) -> Fault:
    """An error instead of the work."""
    return Fault(status=status, headers=headers or {}, works=False, **which)


def lose_answer(status: int = 500, **which: Any) -> Fault:
    """The work is done, but who asked for it does not learn that."""
    return Fault(status=status, **which)


def cut_connection(**which: Any) -> Fault:
    """The connection ends in the middle of the answer."""
    return Fault(cut=True, **which)


def change_points(change: Callable[[Points], Points]) -> Fault:
    """An upsert that stores something else than it was sent, and says ok."""
    return Fault(
        method="PUT",
        path=".*/points",
        change=lambda body: {**body, "points": change(body["points"])},
    )


def take(faults: list[Fault], method: str, path: str) -> Fault:
    """The first fault that strikes this request, used up by one; `NOTHING` when none does."""
    for fault in faults:
        if fault.strikes(method, path):
            fault.times -= 1
            if fault.times == 0:
                faults.remove(fault)
            return fault
    return NOTHING
