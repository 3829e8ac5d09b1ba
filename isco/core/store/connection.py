"""Reach Qdrant: embedded, on a server, or in memory; and be patient with it."""

import os
import ssl
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from qdrant_client import QdrantClient, models

from isco.core.errors import ConfigError, ConnectionWarning, UnavailableError
from isco.core.private_folder import not_own
from isco.core.retries import RetryPolicy
from isco.core.settings import QdrantSettings, Settings
from isco.core.store.embedded import open_embedded
from isco.core.store.faults import can_pass, explained
from isco.core.store.place import qdrant_place

P = ParamSpec("P")
T = TypeVar("T")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
_SCROLL = 256


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

    Raises UnavailableError when the embedded folder is locked, unusable, or may be somebody else's,
    ConfigError when
    `qdrant.url` is no address, or `qdrant.tls_ca` no file of certificates.
    """
    qdrant = settings.qdrant
    if qdrant.mode == "memory":
        return QdrantClient(":memory:")
    if qdrant.mode == "local":
        if qdrant.check_folder:
            _require_own(settings.qdrant_path)
        opening = partial(open_embedded, settings.qdrant_path)
        return with_retries(opening, qdrant.retries, qdrant_place(settings))
    _note_open_key(qdrant)
    # gRPC's own lines about a failed handshake; what it means is in the error.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    key = (qdrant.read_only_api_key if reads_only else None) or qdrant.api_key
    try:
        with warnings.catch_warnings():
            # Said above, in words and where it matters.
            warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
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


def _note_open_key(qdrant: QdrantSettings) -> None:
    """Warn where a key travels in the open; on this machine nobody listens."""
    parts = urlsplit(qdrant.url)
    keyed = qdrant.api_key or qdrant.read_only_api_key
    if keyed and parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        message = f"the key for Qdrant goes to {qdrant.url} unencrypted: https:// encrypts it"
        warnings.warn(message, ConnectionWarning, stacklevel=3)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require_own(folder: Path) -> None:
    """Raise UnavailableError where somebody else may have written what is opened."""
    fault = not_own(folder) if folder.exists() else None
    if fault:
        raise UnavailableError(
            f"{fault}, and to open an embedded Qdrant runs what its files hold: name a folder of "
            "your own (data_dir) and ingest there; or, if all who could write it are trusted, "
            "take the right from others (chmod -R o-w), or set qdrant.check_folder to false"
        )


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

    Raises UnavailableError with the cause and the next step.
    """
    policy = RetryPolicy(retries, FIRST_PAUSE, LONGEST_PAUSE)
    return policy.run(call, can_pass, lambda error, attempts: explained(error, where, attempts))
