"""What goes wrong with Qdrant: what can pass by itself, and all of it in words with a next step."""

import sqlite3
from json import JSONDecodeError
from typing import Any

from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from isco.core.errors import UnavailableError

_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_PASSING_GRPC = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"})
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
_LOCKED = "already accessed by another instance"


def can_pass(error: BaseException) -> bool:
    """Whether it may be gone soon: a refused connection, 429, 5xx, a neighbour's folder lock."""
    if isinstance(error, UnexpectedResponse):
        return error.status_code in _PASSING_STATUS
    if isinstance(error, ResponseHandlingException | QdrantException):
        return _UNTRUSTED not in str(error)
    if isinstance(error, RuntimeError) and _LOCKED in str(error):
        return True
    return _grpc_code(error) in _PASSING_GRPC


def explained(error: Exception, where: str, attempts: int) -> UnavailableError | None:
    """What a call ended with, in words; None when it is neither Qdrant's fault nor the system's."""
    tried = f" after {attempts} attempts" if attempts > 1 else ""
    if isinstance(error, RuntimeError) and _LOCKED in str(error):
        return UnavailableError(
            f"the Qdrant {where} is in use by another process{tried}: wait for it to end, or run "
            "a Qdrant server (docker compose up -d) and set qdrant.mode to server"
        )
    if isinstance(error, UnexpectedResponse):
        if error.status_code in {401, 403}:
            return UnavailableError(
                f"Qdrant at {where} refused the request ({error.status_code}): "
                "set ISCO_QDRANT__API_KEY to a key that may do this; for reading, "
                "ISCO_QDRANT__READ_ONLY_API_KEY is enough"
            )
        reason = (error.content or b"").decode("utf-8", "replace")[:300]
        return UnavailableError(
            f"Qdrant at {where} answered {error.status_code}{tried}: {reason}; see what its log "
            "says, or check qdrant.url"
        )
    if isinstance(error, QdrantException):
        return UnavailableError(
            f"Qdrant at {where} is overloaded{tried} ({error}): try again later"
        )
    if isinstance(error, JSONDecodeError):
        return UnavailableError(
            f"what is at {where} is not Qdrant: check qdrant.url or qdrant.path"
        )
    if _UNTRUSTED in str(error):
        return UnavailableError(
            f"the certificate of Qdrant at {where} is not trusted ({error}): set qdrant.tls_ca to "
            "the file of the authority that signed it"
        )
    if isinstance(error, ResponseHandlingException):
        return UnavailableError(
            f"Qdrant at {where} can't be reached{tried} ({error}): start it with "
            "docker compose up -d, or check qdrant.url"
        )
    if _grpc_code(error):
        return UnavailableError(
            f"Qdrant at {where} failed{tried}: {_grpc_code(error)}; check that it runs, qdrant.url "
            "and qdrant.grpc_port"
        )
    if isinstance(error, OSError | sqlite3.Error):
        return UnavailableError(
            f"the Qdrant {where} can't be used ({error}): see that it can be written and has room, "
            "or set data_dir or qdrant.path to another folder"
        )
    return None


def _grpc_code(error: BaseException) -> str | None:
    code: Any = getattr(error, "code", None)
    return getattr(code(), "name", None) if callable(code) else None
