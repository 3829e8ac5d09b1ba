"""What can go wrong at a server, one request at a time."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Fault:
    """Strikes the next `times` requests whose last turn contains `text`.

    `body` and `status` replace the answer, `change` changes it, `cut` ends the connection in its
    middle, `hang` never answers, `drip` sends a byte now and then of a head or a body that never
    ends, and `die` takes the whole server down.
    """

    text: str = ""
    times: int = 1
    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], Any] = lambda answer: answer
    cut: bool = False
    hang: bool = False
    drip: str = ""
    die: bool = False


NOTHING = Fault()


def answer_with(status: int, words: str = "made to", **which: Any) -> Fault:
    """An error instead of the work."""
    return Fault(status=status, body=error_body(words), **which)


def error_body(words: str) -> bytes:
    """An error as OpenAI words it."""
    error = {"message": words, "type": "double", "param": None, "code": None}
    return json.dumps({"error": error}).encode()


def take(faults: list[Fault], text: str) -> Fault:
    """The first fault that strikes this request, used up by one; `NOTHING` when none does."""
    for fault in faults:
        if fault.text in text:
            fault.times -= 1
            if fault.times == 0:
                faults.remove(fault)
            return fault
    return NOTHING
