"""Reach Qdrant: embedded, on a server, or in memory; and be patient with it."""

import json
import ssl
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from pydantic_core import from_json
from qdrant_client import QdrantClient

from isco.core.errors import ConfigError, UnavailableError
from isco.core.private_folder import not_own
from isco.core.retries import RetryPolicy
from isco.core.settings import Settings
from isco.core.store.embedded import open_embedded
from isco.core.store.faults import can_pass, explained
from isco.core.store.keys import key_of
from isco.core.store.pauses import FIRST_PAUSE, LONGEST_PAUSE
from isco.core.store.place import qdrant_place

P = ParamSpec("P")
T = TypeVar("T")


class PatientCaller:
    """Calls a client's methods through `with_retries`."""

    def __init__(self, retries: int, where: str) -> None:
        self._retries = retries
        self._where = where

    def __call__(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`method(*args, **kwargs)`, again while it fails in a way that can pass."""
        return with_retries(partial(method, *args, **kwargs), self._retries, self._where)

    def unless(
        self,
        hopeless: Callable[[BaseException], bool],
        method: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """As a call, but what fails and is `hopeless` is not tried again."""

        def worth_it(error: BaseException) -> bool:
            return can_pass(error) and not hopeless(error)

        asked = partial(method, *args, **kwargs)
        return with_retries(asked, self._retries, self._where, worth_it)


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
    key = key_of(qdrant, reads_only)
    try:
        with warnings.catch_warnings():
            # Said by `key_of`, in words and where it matters.
            warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
            client = QdrantClient(
                url=qdrant.url,
                api_key=key,
                timeout=qdrant.timeout,
                prefer_grpc=qdrant.prefer_grpc,
                grpc_port=qdrant.grpc_port,
                check_compatibility=False,
                **_trust(qdrant.tls_ca),
            )
        client.http.client.add_middleware(_parse_quickly)
        return client
    except ValueError as error:
        raise ConfigError(f"qdrant.url {qdrant.url!r} is not an address: {error}") from error


def _parse_quickly(request: Any, send: Callable[[Any], Any]) -> Any:
    """As a middleware of REST's client: JSON by pydantic's parser, in less than half the time."""
    response = send(request)
    response.json = partial(_parsed, response.content)
    return response


def _parsed(content: bytes) -> Any:
    try:
        return from_json(content)
    except ValueError:
        # The same complaint in the words that are expected.
        return json.loads(content)


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


def with_retries(
    call: Callable[[], T],
    retries: int,
    where: str,
    worth_it: Callable[[BaseException], bool] = can_pass,
) -> T:
    """Run `call`, again up to `retries` times while that is `worth_it`, as a rule where what fails
    can pass by itself.

    Raises UnavailableError with the cause and the next step.
    """
    policy = RetryPolicy(retries, FIRST_PAUSE, LONGEST_PAUSE)
    return policy.run(call, worth_it, lambda error, attempts: explained(error, where, attempts))
