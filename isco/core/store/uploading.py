"""Points to a collection, as many in one request as the server takes.

A server refuses a body over some megabytes, and strict mode more than so many points. What it
refuses is halved and sent again, and what follows is as small.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException

from isco.core.errors import InputError, UnavailableError
from isco.core.settings import QdrantSettings
from isco.core.store.connection import PatientCaller
from isco.core.store.refusals import refusal_of

_MEGABYTE = 1_000_000
_BYTES_OF_A_NUMBER = 4
_UPSERT = "/collections/{collection_name}/points"
# How a server's refusal looks that comes while the body is still being written.
_BROKEN_OFF = (httpx.WriteError, httpx.WriteTimeout, httpx.ReadError, httpx.RemoteProtocolError)

# A point, what is sent of it, and how many bytes that takes.
_Packed = tuple[models.PointStruct, Any, int]


class Uploader:
    """Sends points to the collection `name`, waiting for each request.

    One has at most `qdrant.upload_batch` points and `qdrant.upload_megabytes`; less where the
    server refuses that.
    """

    def __init__(
        self, client: QdrantClient, call: PatientCaller, settings: QdrantSettings, name: str
    ) -> None:
        self._client = client
        self._call = call
        self._name = name
        self._points = settings.upload_batch
        self._bytes = settings.upload_megabytes * _MEGABYTE
        self._pack: Callable[[models.PointStruct], _Packed] = _plain
        self._upsert: Callable[[list[Any]], Any] = self._by_the_client
        if settings.over_rest:
            self._pack, self._upsert = _as_json, self._over_rest

    def send(self, points: Iterable[models.PointStruct]) -> Iterator[list[models.PointStruct]]:
        """Send all, and yield those of each request that has arrived.

        Raises InputError, naming it, for a single point that is too large for the server.
        """
        return self._in_requests(map(self._pack, points))

    def _in_requests(self, points: Iterable[_Packed]) -> Iterator[list[models.PointStruct]]:
        batch: list[_Packed] = []
        size = 0
        for packed in points:
            if batch and (len(batch) >= self._points or size + packed[2] > self._bytes):
                yield from self._arrived(batch)
                batch, size = [], 0
            batch.append(packed)
            size += packed[2]
        if batch:
            yield from self._arrived(batch)

    def _arrived(self, batch: list[_Packed]) -> Iterator[list[models.PointStruct]]:
        size = sum(packed[2] for packed in batch)
        try:
            self._call.unless(
                lambda error: size > _MEGABYTE and _broke_off(error),
                self._upsert,
                [packed[1] for packed in batch],
            )
        except UnavailableError as error:
            refusal = refusal_of(error)
            broke_off = size > _MEGABYTE and _broke_off(error.__cause__)
            if not broke_off and not (refusal and refusal.too_large):
                raise
            if len(batch) == 1:
                raise InputError(_too_large(batch[0][0], size, error)) from error
            if broke_off or (refusal and refusal.of_bytes):
                self._bytes = min(self._bytes, max(1, size // 2))
            else:
                self._points = min(self._points, len(batch) // 2)
            yield from self._in_requests(batch)
        else:
            yield [packed[0] for packed in batch]

    def _by_the_client(self, points: list[models.PointStruct]) -> None:
        self._client.upsert(self._name, points, wait=True)

    def _over_rest(self, points: list[bytes]) -> None:
        """The request that the client would make, of points whose size is known."""
        self._client.http.client.request(
            type_=models.InlineResponse2008,
            method="PUT",
            url=_UPSERT,
            path_params={"collection_name": self._name},
            params={"wait": "true"},
            headers={"Content-Type": "application/json"},
            content=b'{"points":[' + b",".join(points) + b"]}",
        )


def _as_json(point: models.PointStruct) -> _Packed:
    content = point.model_dump_json(exclude_none=True).encode()
    return point, content, len(content) + 1


def _plain(point: models.PointStruct) -> _Packed:
    """As the client is given it; its size is that of its numbers."""
    return point, point, _BYTES_OF_A_NUMBER * _numbers(point.vector)


def _numbers(vector: Any) -> int:
    if isinstance(vector, dict):
        return sum(map(_numbers, vector.values()))
    if isinstance(vector, models.SparseVector):
        return 2 * len(vector.values)
    return sum(map(len, vector)) if vector and isinstance(vector[0], list) else len(vector)


def _broke_off(error: BaseException | None) -> bool:
    return isinstance(error, ResponseHandlingException) and isinstance(error.source, _BROKEN_OFF)


def _too_large(point: models.PointStruct, size: int, error: UnavailableError) -> str:
    shown = point.payload or {}
    label = shown.get("label") or shown.get("title") or ""
    return (
        f"{label!r} ({shown.get('uri') or shown.get('id') or point.id}) takes "
        f"{size / _MEGABYTE:.1f} MB by itself, which is too large for the server ({error}): give "
        "it fewer names or a shorter text, or raise service.max_request_size_mb there"
    )
