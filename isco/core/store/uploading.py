"""Points to a collection, as many in one request as the server takes.

A server refuses a body over some megabytes, and strict mode more than so many points. What it
refuses is halved and sent again, and what follows is as small. A single point that is too large is
sent vector by vector.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import httpx
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException

from isco.core.errors import InputError, UnavailableError
from isco.core.settings import QdrantSettings
from isco.core.store.connection import PatientCaller
from isco.core.store.refusals import refusal_of
from isco.core.store.sending import ByClient, OverRest, Packed, Sender

_MEGABYTE = 1_000_000
# How a server's refusal looks that comes while the body is still being written.
_BROKEN_OFF = (httpx.WriteError, httpx.WriteTimeout, httpx.ReadError, httpx.RemoteProtocolError)


@dataclass(frozen=True, slots=True)
class _TooLarge:
    """A request of so many bytes that the server refused, for its bytes or for its points."""

    error: UnavailableError
    size: int
    of_bytes: bool


class Uploader:
    """Sends points to the collection `name`, waiting for each request.

    One has at most `qdrant.upload_batch` points and `qdrant.upload_megabytes`; less where the
    server refuses that.
    """

    def __init__(
        self, client: QdrantClient, call: PatientCaller, settings: QdrantSettings, name: str
    ) -> None:
        self._call = call
        self._points = settings.upload_batch
        self._bytes = settings.upload_megabytes * _MEGABYTE
        self._sender: Sender = (OverRest if settings.over_rest else ByClient)(client, name)

    def send(self, points: Iterable[models.PointStruct]) -> Iterator[list[models.PointStruct]]:
        """Send all, and yield those of each request that has arrived.

        Raises InputError, naming it, for a single point that is too large for the server.
        """
        return self._in_requests(map(self._sender.pack, points))

    def _in_requests(self, points: Iterable[Packed]) -> Iterator[list[models.PointStruct]]:
        batch: list[Packed] = []
        size = 0
        for packed in points:
            if batch and (len(batch) >= self._points or size + packed.size > self._bytes):
                yield from self._arrived(batch)
                batch, size = [], 0
            batch.append(packed)
            size += packed.size
        if batch:
            yield from self._arrived(batch)

    def _arrived(self, batch: list[Packed]) -> Iterator[list[models.PointStruct]]:
        size = sum(packed.size for packed in batch)
        refused = self._refused(lambda: self._sender.upsert(batch), size)
        if refused and len(batch) > 1:
            if refused.of_bytes:
                self._bytes = min(self._bytes, max(1, size // 2))
            else:
                self._points = min(self._points, len(batch) // 2)
            yield from self._in_requests(batch)
            return
        if refused:
            self._send_in_parts(batch[0].point, refused)
        yield [packed.point for packed in batch]

    def _send_in_parts(self, point: models.PointStruct, whole: _TooLarge) -> None:
        parts = list(self._sender.parts(point)) if whole.of_bytes else []
        if not parts:
            raise InputError(_told(point, "it", whole)) from whole.error
        for part in parts:
            refused = self._refused(part.send, part.size)
            if refused:
                raise InputError(_told(point, f"its {part.using!r}", refused)) from refused.error

    def _refused(self, send: Callable[[], None], size: int) -> _TooLarge | None:
        """Send `size` bytes, unless they are too many; UnavailableError for all other trouble."""
        try:
            self._call.unless(lambda error: size > _MEGABYTE and _broke_off(error), send)
        except UnavailableError as error:
            refusal = refusal_of(error)
            broke_off = size > _MEGABYTE and _broke_off(error.__cause__)
            if not broke_off and not (refusal and refusal.too_large):
                raise
            return _TooLarge(error, size, broke_off or bool(refusal and refusal.of_bytes))
        return None


def _broke_off(error: BaseException | None) -> bool:
    return isinstance(error, ResponseHandlingException) and isinstance(error.source, _BROKEN_OFF)


def _told(point: models.PointStruct, what: str, refused: _TooLarge) -> str:
    shown = point.payload or {}
    label = shown.get("label") or shown.get("title") or ""
    return (
        f"{label!r} ({shown.get('uri') or shown.get('id') or point.id}): {what} takes "
        f"{refused.size / _MEGABYTE:.1f} MB by itself, which is too large for the server "
        f"({refused.error}): give it fewer names or a shorter text, or raise "
        "service.max_request_size_mb there"
    )
