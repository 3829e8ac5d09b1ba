"""Answers of a server that are bounded in time and size as a whole, however they come.

Time-outs of sockets begin anew with every byte: a server that drips would hold an ad for ever.
"""

from collections.abc import Iterator
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from openai import DefaultHttpxClient

# The library's is httpx or a fork of it, as the release has it.
_HTTP = import_module(DefaultHttpxClient.__bases__[0].__module__.partition(".")[0])
LARGEST_ANSWER = 16 * 2**20
_LARGE = "isco.large"


class LargeAnswerError(Exception):
    """An answer of more than `LARGEST_ANSWER` bytes, or one that is compressed unasked, so that
    nobody knows how many these are."""


class BoundedClient(DefaultHttpxClient):
    """The library's own HTTP client, whose time-out of reading holds for the answer as a whole.

    `whole_content` tells an answer that is too long.
    """

    def send(self, request: Any, **options: Any) -> Any:
        """The answer, read whole."""
        seconds = request.extensions["timeout"]["read"]
        request.headers["Accept-Encoding"] = "identity"
        answers: SimpleQueue[Any] = SimpleQueue()
        given_up = Event()

        def fetch() -> None:
            try:
                answers.put(self._fetched(request, options, given_up))
            except Exception as error:
                answers.put(error)

        # A daemon, because it may wait for what never comes.
        Thread(target=fetch, daemon=True).start()
        try:
            answer = answers.get(timeout=seconds)
        except Empty:
            given_up.set()
            raise _HTTP.ReadTimeout("the answer is not whole", request=request) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _fetched(self, request: Any, options: dict[str, Any], given_up: Event) -> Any:
        answer = super().send(request, **{**options, "stream": True})
        try:
            encoding = answer.headers.pop("Content-Encoding", "identity")
            body = b"".join(_beginning(answer.iter_raw(), given_up))
        finally:
            answer.close()
        unknown = encoding.lower() != "identity"
        return type(answer)(
            answer.status_code,
            headers=answer.headers,
            content=b"" if unknown else body[:LARGEST_ANSWER],
            request=answer.request,
            extensions={**answer.extensions, _LARGE: unknown or len(body) > LARGEST_ANSWER},
        )


def whole_content(answer: Any) -> bytes:
    """The body of an answer. Raises LargeAnswerError."""
    if answer.extensions.get(_LARGE):
        raise LargeAnswerError
    content: bytes = answer.content
    return content


def _beginning(pieces: Iterator[bytes], given_up: Event) -> Iterator[bytes]:
    """The pieces of a body, until they are too many, or nobody waits for them."""
    size = 0
    for piece in pieces:
        yield piece
        size += len(piece)
        if size > LARGEST_ANSWER or given_up.is_set():
            return
