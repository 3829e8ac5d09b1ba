"""The ways in which a server can fail to answer one request, by name."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.llm_double.faults import Fault, answer_with

ALWAYS = 1_000


def _says(content: Any) -> Callable[[], Fault]:
    def change(answer: dict[str, Any]) -> dict[str, Any]:
        answer["choices"][0]["message"]["content"] = content
        return answer

    return lambda: Fault(change=change)


def _with(**fields: Any) -> Callable[[], Fault]:
    return lambda: Fault(change=lambda answer: {**answer, **fields})


def _body(body: bytes) -> Callable[[], Fault]:
    return lambda: Fault(body=body)


def _status(number: int, **headers: str) -> Callable[[], Fault]:
    def made() -> Fault:
        fault = answer_with(number)
        fault.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return fault

    return made


FAULTS: dict[str, Callable[[], Fault]] = {
    **{str(n): _status(n) for n in (400, 401, 403, 404, 408, 409, 413, 422, 500, 502, 503, 504)},
    "429": _status(429),
    "429 for an hour": _status(429, Retry_After="3600"),
    "no body": _body(b""),
    "no JSON": _body(b"upstream connect error"),
    "a page": _body(b"<html><body>502 Bad Gateway</body></html>"),
    "half of JSON": _body(b'{"choices": [{"message": {"content": "'),
    "null": _body(b"null"),
    "a list": _body(b"[]"),
    "a number": _body(b"7"),
    "an error with 200": _body(b'{"error": {"message": "overloaded"}}'),
    "no UTF-8": _body(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'),
    "no choices": _with(choices=[]),
    "choices null": _with(choices=None),
    "a choice without message": _with(choices=[{"index": 0, "finish_reason": "stop"}]),
    "usage null": _with(usage=None, choices=[]),
    "content null": _says(None),
    "content empty": _says(""),
    "content a number": _says(7),
    "content prose": _says("I am sorry, I can't help with that."),
    "content half of an object": _says('{"is_job": true, "title": "no'),
    "content a list": _says("[1, 2, 3]"),
    "content of another shape": _says(json.dumps({"titel": "Koch", "is_job": "perhaps"})),
    "content nested": _says("[" * 5_000),
    "content of a megabyte": _says("x" * 1_000_000),
    "content thought alone": _says("<think>well"),
    "content with NULs": _says("\x00" * 100),
    "cut off": lambda: Fault(cut=True),
    "never answered": lambda: Fault(hang=True),
}


def always(name: str, text: str) -> Fault:
    """The fault of that name, for every request whose last turn contains `text`."""
    fault = FAULTS[name]()
    fault.text, fault.times = text, ALWAYS
    return fault
