"""What goes wrong with Qdrant: what can pass by itself, and all of it in words with a next step."""

import sqlite3
from json import JSONDecodeError

import httpx
from pydantic import ValidationError
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ResponseHandlingException

from isco.core.errors import UnavailableError
from isco.core.store.refusals import Refusal, refusal_of

_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_LOCKED = "already accessed by another instance"
_EXPIRED = "ExpiredSignature"
# What Qdrant says where others of its cluster are away.
_NODES_AWAY = ("consensus", "Tonic status error", "transport error", "replica", "write consistency")
_NOT_REACHED = ("failed to connect", "Connection refused", "Socket closed", "recvmsg")

_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
_NO_TLS = ("WRONG_VERSION_NUMBER", "wrong version number", "record layer failure")
# As a server with TLS does when it is asked without.
_ENDED = ("Connection reset", "Server disconnected", "Socket closed")
_NO_HTTP = ("illegal status line", "illegal request line", "malformed")
_NO_GRPC = (
    "Failed parsing HTTP/2",
    "http1.x server",
    "http2 header with status",
    "HTTP status code",
)
_KEYS = (
    "set ISCO_QDRANT__API_KEY to one that may do this, or, where it is enough to read, "
    "ISCO_QDRANT__READ_ONLY_API_KEY"
)


def can_pass(error: BaseException) -> bool:
    """Whether it may be gone soon: a refused connection, 429, 5xx, a neighbour's folder lock."""
    if isinstance(error, RuntimeError) and _LOCKED in str(error):
        return True
    if isinstance(error, QdrantException):
        return True
    refusal = refusal_of(error)
    said = refusal.text if refusal else str(error)
    if _another_protocol(said) or _UNTRUSTED in said or _malformed(error):
        return False
    if refusal:
        return refusal.status in _PASSING_STATUS and not refusal.too_large
    return isinstance(error, ResponseHandlingException)


def explained(error: Exception, where: str, attempts: int) -> UnavailableError | None:
    """What a call ended with, in words; None when it is neither Qdrant's fault nor the system's.

    `where` is the address that was asked, or the embedded Qdrant's folder.
    """
    tried = f" after {attempts} attempts" if attempts > 1 else ""
    said = _in_words(error, where, tried)
    return None if said is None else UnavailableError(said)


def _in_words(error: Exception, where: str, tried: str) -> str | None:
    if isinstance(error, RuntimeError) and _LOCKED in str(error):
        return (
            f"the Qdrant {where} is in use by another process{tried}: wait for it to end, or run "
            "a Qdrant server (docker compose up -d) and set qdrant.mode to server"
        )
    if isinstance(error, QdrantException):
        return f"Qdrant at {where} is overloaded{tried} ({error}): try again later"
    if isinstance(error, JSONDecodeError) or _malformed(error):
        return f"what is at {where} is not Qdrant: check qdrant.url or qdrant.path"
    refusal = refusal_of(error)
    said = refusal.text if refusal else " ".join(str(error).split())
    if refusal or isinstance(error, ResponseHandlingException):
        other = _another_protocol(said)
        if other:
            return f"what is at {where} {other}"
        if _UNTRUSTED in said:
            return (
                f"the certificate of Qdrant at {where} is not trusted ({_UNTRUSTED}): set "
                "qdrant.tls_ca to the file of the authority that signed it"
            )
    if refusal:
        return _refused(refusal, where, tried)
    if isinstance(error, ResponseHandlingException):
        return _no_answer(error.source, where, tried, said)
    if isinstance(error, OSError | sqlite3.Error):
        return (
            f"the Qdrant {where} can't be used ({error}): see that it can be written and has room, "
            "or set data_dir or qdrant.path to another folder"
        )
    return None


def _refused(refusal: Refusal, where: str, tried: str) -> str:
    if not refusal.of_qdrant and refusal.status == 404:
        return f"what is at {where} is not Qdrant ({refusal}): check qdrant.url"
    if refusal.status == 401:
        return f"Qdrant at {where} knows no such key ({refusal}): {_KEYS}"
    if refusal.status == 403 and _EXPIRED in refusal.text:
        return f"the key for Qdrant at {where} has expired ({refusal}): {_KEYS}"
    if refusal.status == 403:
        return f"the key for Qdrant at {where} lacks a right ({refusal}): {_KEYS}"
    if refusal.status >= 500 and any(words in refusal.text for words in _NODES_AWAY):
        return (
            f"too few nodes of the cluster at {where} can be reached{tried} ({refusal}): start "
            "those that are away, and run the same command again"
        )
    if refusal.code == "UNAVAILABLE" and any(words in refusal.text for words in _NOT_REACHED):
        return (
            f"Qdrant at {where} can't be reached{tried} ({refusal}): start it with "
            f"docker compose up -d, or check qdrant.url and qdrant.grpc_port{_or_tls(refusal.text)}"
        )
    if refusal.code == "DEADLINE_EXCEEDED":
        return _too_slow(where, tried, str(refusal))
    return (
        f"Qdrant at {where} answered {refusal.code}{tried}: {refusal.text}; see what its log says, "
        "or check qdrant.url"
    )


def _no_answer(cause: object, where: str, tried: str, said: str) -> str:
    if isinstance(cause, httpx.TimeoutException) and not isinstance(cause, httpx.ConnectTimeout):
        return _too_slow(where, tried, said)
    return (
        f"Qdrant at {where} can't be reached{tried} ({said}): start it with "
        f"docker compose up -d, or check qdrant.url{_or_tls(said)}"
    )


def _too_slow(where: str, tried: str, said: str) -> str:
    return (
        f"Qdrant at {where} did not answer in time{tried} ({said}): see what its log says, or "
        "raise qdrant.timeout"
    )


def _or_tls(said: str) -> str:
    ended = any(words in said for words in _ENDED)
    return " (https:// where it speaks TLS)" if ended else ""


def _another_protocol(said: str) -> str | None:
    """What an address speaks instead, with the next step; None where nothing tells."""
    if any(words in said for words in _NO_TLS):
        return "answers without TLS: write http:// in qdrant.url"
    if any(words in said for words in _NO_HTTP):
        return (
            "answers, but not in HTTP: check the port in qdrant.url (6333; gRPC's, 6334, goes into "
            "qdrant.grpc_port), and whether it begins with https://"
        )
    if any(words in said for words in _NO_GRPC):
        return "answers, but not in gRPC: check qdrant.grpc_port (6334)"
    return None


def _malformed(error: BaseException) -> bool:
    """Whether an answer came that is none of Qdrant's."""
    source = getattr(error, "source", None)
    return isinstance(source, ValidationError | JSONDecodeError)
