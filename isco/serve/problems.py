"""What goes wrong with a request, as the client is told: problem details of RFC 9457. Pure."""

import json
from http import HTTPStatus
from typing import Any

from isco.core.errors import InputError, IscoError, UnavailableError

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A request that is refused: an HTTP status, a sentence, and seconds after which to try again.

    `allow` are the methods that a resource has, of a 405.
    """

    def __init__(
        self, status: int, detail: str, retry_after: int | None = None, allow: str | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = {"cache-control": "no-store"}
        if retry_after is not None:
            self.headers["retry-after"] = str(retry_after)
        if allow:
            self.headers["allow"] = allow
        if status == HTTPStatus.UNAUTHORIZED:
            self.headers["www-authenticate"] = "Bearer"

    def as_dict(self) -> dict[str, Any]:
        """The members of the problem's body."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }

    def body(self) -> bytes:
        """As JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False).encode("utf-8", "replace")


def problem_of(error: Exception) -> ProblemError:
    """How an error of the program's own, or any other, is told to a client."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, InputError):
        return ProblemError(422, str(error))
    if isinstance(error, UnavailableError):
        return ProblemError(503, str(error), retry_after=30)
    if isinstance(error, IscoError):
        return ProblemError(422, str(error))
    # What it was is in the log; a client has no business in there.
    return ProblemError(500, f"a fault of the program ({type(error).__name__})")
