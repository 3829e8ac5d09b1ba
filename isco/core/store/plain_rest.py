"""A server asked over REST without Qdrant's client.

Importing that takes longer than most answers, and it takes large ones apart byte by byte.
"""

import json
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic_core import from_json

from isco.core.settings import QdrantSettings
from isco.core.store.keys import key_of

# Seconds after which the client is left to find out. It may be gRPC alone that can be reached.
_TO_CONNECT = 2.0
_PORT = 6333
_FAULTS = (OSError, HTTPException, ValueError, KeyError, TypeError)


class UnexpectedError(Exception):
    """The client is to be asked instead."""


class PlainRest:
    """One connection to a server, for who reads: a context manager.

    Whatever is not as expected ends the block as UnexpectedError, and is left to the client, which
    tries again and says what is wrong.
    """

    def __init__(self, qdrant: QdrantSettings) -> None:
        key = key_of(qdrant, reads_only=True)
        self._qdrant = qdrant
        self._headers = {"Content-Type": "application/json"} | ({"api-key": key} if key else {})

    def __enter__(self) -> Self:
        try:
            self._connection, self._prefix = self._connected()
        except _FAULTS as error:
            raise UnexpectedError from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        if isinstance(error, _FAULTS):
            raise UnexpectedError from error

    def _connected(self) -> tuple[HTTPConnection, str]:
        """A connection, and what stands before every path."""
        url = urlsplit(self._qdrant.url)
        host, port = url.hostname or "", url.port or _PORT
        if url.scheme in getproxies() and not proxy_bypass(host):
            raise ValueError("there is a proxy, which the client knows to use")
        connection = HTTPConnection(host, port, timeout=_TO_CONNECT)
        if url.scheme == "https":
            authority = self._qdrant.tls_ca
            trust = ssl.create_default_context(cafile=str(authority) if authority else None)
            connection = HTTPSConnection(host, port, timeout=_TO_CONNECT, context=trust)
        connection.connect()
        connection.sock.settimeout(self._qdrant.timeout)
        return connection, url.path.rstrip("/")

    def result(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the server answers."""
        self.send(method, path, body)
        return from_json(self.receive())["result"]

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        """A request, whose answer is received before the next one is sent."""
        content = None if body is None else json.dumps(body)
        self._connection.request(method, self._prefix + path, content, self._headers)

    def receive(self) -> bytes:
        """The answer to what was sent, as JSON."""
        response = self._connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise ValueError(f"{response.status} instead of an answer")
        return content
