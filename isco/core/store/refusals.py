"""What a server said when it refused: one form for REST and gRPC."""

import json
from dataclasses import dataclass
from typing import Any

from qdrant_client.http.exceptions import UnexpectedResponse

# gRPC's codes as the statuses that REST has for the same.
_STATUS_OF = {
    "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429, "INTERNAL": 500, "UNKNOWN": 500, "CANCELLED": 500,
    "ABORTED": 500, "DATA_LOSS": 500, "UNIMPLEMENTED": 501, "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}  # fmt: skip
# Of a body, of a gRPC message, of a client's own limit, and what a proxy says.
_TOO_LARGE = ("larger than allowed", "larger than max", "message length too large", "too large")
_LIMITED = "Limit exceeded"
_LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """`status` is HTTP's, `code` what was given: that number, or gRPC's word. `text` is the
    server's own, shortened to 300 characters; it may not be `of_qdrant` where it has another
    form."""

    status: int
    code: str
    text: str
    of_qdrant: bool = True

    @property
    def of_bytes(self) -> bool:
        """Whether a request was too large by its bytes."""
        return self.status == 413 or (
            self.status in {400, 429} and any(words in self.text for words in _TOO_LARGE)
        )

    @property
    def too_large(self) -> bool:
        """Whether less in one request would pass: its bytes, or the points that it holds."""
        return self.of_bytes or (self.status == 400 and _LIMITED in self.text)

    def __str__(self) -> str:
        return f"{self.code}: {self.text}" if self.text else self.code


def refusal_of(error: BaseException | None) -> Refusal | None:
    """That of an error of the client, or of one that it led to; None where no server spoke."""
    if error is None:
        return None
    if isinstance(error, UnexpectedResponse):
        status = error.status_code or 0
        text, of_qdrant = _text_of((error.content or b"").decode("utf-8", "replace"))
        # A refused key is answered in plain text.
        return Refusal(
            status, str(status), text, of_qdrant or status in {401, 403} or status >= 500
        )
    code = grpc_code(error)
    if code is None:
        return refusal_of(error.__cause__)
    details: Any = getattr(error, "details", None)
    text = " ".join(str(details() if callable(details) else "").split())
    return Refusal(_STATUS_OF.get(code, 500), code, text[:_LONGEST_TEXT])


def grpc_code(error: BaseException) -> str | None:
    """gRPC's word for what went wrong; None for errors of others."""
    code: Any = getattr(error, "code", None)
    return getattr(code(), "name", None) if callable(code) else None


def _text_of(content: str) -> tuple[str, bool]:
    """`status.error` of Qdrant's JSON, and True; what is none as it is, and False."""
    of_qdrant = True
    try:
        content = str(json.loads(content)["status"]["error"])
    except (ValueError, TypeError, KeyError):
        of_qdrant = False
    return " ".join(content.split())[:_LONGEST_TEXT], of_qdrant
