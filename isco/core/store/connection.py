"""Reach Qdrant: embedded, on a server, or in memory; be patient with it, and speak plainly.

What can pass by itself (a refused connection, 429, 5xx, the folder lock of a neighbour) is tried
again with growing, capped pauses; anything else is one clear error that says what to do next.
"""

import random
import sqlite3
import ssl
import time
from collections.abc import Callable, Iterator
from functools import partial
from json import JSONDecodeError
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from isco.core.errors import ConfigError, UnavailableError
from isco.core.settings import Settings
from isco.core.store.embedded import open_embedded

P = ParamSpec("P")
T = TypeVar("T")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
_SCROLL = 256
_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_PASSING_GRPC = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"})
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
_LOCKED = "already accessed by another instance"


class PatientCaller:
    """Calls a client's methods through `with_retries`."""

    def __init__(self, retries: int, where: str) -> None:
        self._retries = retries
        self._where = where

    def __call__(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`method(*args, **kwargs)`, again while it fails in a way that can pass."""
        return with_retries(partial(method, *args, **kwargs), self._retries, self._where)


def every_point(
    client: QdrantClient,
    call: PatientCaller,
    name: str,
    with_vectors: bool,
    where: models.Filter | None = None,
    page: int = _SCROLL,
) -> Iterator[models.Record]:
    """The points of a collection with their payloads, by their ids, `page` of them a request."""
    offset: Any = None
    while True:
        records, offset = call(
            client.scroll,
            name,
            scroll_filter=where,
            limit=page,
            offset=offset,
            with_payload=True,
            with_vectors=with_vectors,
        )
        yield from records
        if offset is None:
            return


def open_client(settings: Settings, reads_only: bool = False) -> QdrantClient:
    """A client for the configured Qdrant. One that `reads_only` needs no more than such a key.

    Raises UnavailableError when the embedded folder is locked or unusable, ConfigError when
    `qdrant.url` is no address, or `qdrant.tls_ca` no file of certificates.
    """
    qdrant = settings.qdrant
    if qdrant.mode == "memory":
        return QdrantClient(":memory:")
    if qdrant.mode == "local":
        where = f"folder {settings.qdrant_path}"
        return with_retries(partial(open_embedded, settings.qdrant_path), qdrant.retries, where)
    key = (qdrant.read_only_api_key if reads_only else None) or qdrant.api_key
    try:
        return QdrantClient(
            url=qdrant.url,
            api_key=key.get_secret_value() if key else None,
            timeout=qdrant.timeout,
            prefer_grpc=qdrant.prefer_grpc,
            grpc_port=qdrant.grpc_port,
            check_compatibility=False,
            **_trust(qdrant.tls_ca),
        )
    except ValueError as error:
        raise ConfigError(f"qdrant.url {qdrant.url!r} is not an address: {error}") from error


def _trust(authority: Path | None) -> dict[str, Any]:
    """Options of a client that trusts the certificates in a file, over REST and over gRPC."""
    if authority is None:
        return {}
    try:
        context = ssl.create_default_context(cafile=str(authority))
        certificates = authority.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"qdrant.tls_ca {authority} is no file of certificates in PEM: {error}"
        ) from error
    return {"verify": context, "grpc_options": {"root_certificates": certificates}}


def with_retries(call: Callable[[], T], retries: int, where: str) -> T:
    """Run `call`, again up to `retries` times while what fails can pass by itself.

    Pauses double from half a second to at most 15, shortened at random by up to a half so that
    many clients don't return at once; a server's Retry-After is honoured up to that cap.
    Raises UnavailableError with the cause and the next step.
    """
    pause = FIRST_PAUSE
    for attempt in range(retries + 1):
        try:
            return call()
        except Exception as error:
            if not _can_pass(error) or attempt == retries:
                explained = _explained(error, where, attempt + 1)
                if explained is None:
                    raise
                raise explained from error
            asked = float(getattr(error, "retry_after_s", 0) or 0)
            time.sleep(min(max(pause * (1 - random.random() / 2), asked), LONGEST_PAUSE))
            pause = min(pause * 2, LONGEST_PAUSE)
    raise AssertionError("unreachable: the loop returns or raises")


def _can_pass(error: Exception) -> bool:
    if isinstance(error, UnexpectedResponse):
        return error.status_code in _PASSING_STATUS
    if isinstance(error, ResponseHandlingException | QdrantException):
        return _UNTRUSTED not in str(error)
    if isinstance(error, RuntimeError) and _LOCKED in str(error):
        return True
    return _grpc_code(error) in _PASSING_GRPC


def _grpc_code(error: Exception) -> str | None:
    code: Any = getattr(error, "code", None)
    return getattr(code(), "name", None) if callable(code) else None


def _explained(error: Exception, where: str, attempts: int) -> UnavailableError | None:
    """`error` in words, when it is one of Qdrant's or the system's."""
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
        return UnavailableError(f"Qdrant at {where} answered {error.status_code}{tried}: {reason}")
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
        return UnavailableError(f"Qdrant at {where} failed{tried}: {_grpc_code(error)}")
    if isinstance(error, OSError | sqlite3.Error):
        return UnavailableError(f"the Qdrant {where} can't be used: {error}")
    return None
