"""How points are sent: by the client, or over REST in the requests that it would make.

Over REST their bytes are known, and a point can be sent in parts, each vector in its own request.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from qdrant_client import QdrantClient, models

_BYTES_OF_A_NUMBER = 4
_POINTS = "/collections/{collection_name}/points"


@dataclass(frozen=True, slots=True)
class Packed:
    """A point, what is sent of it, and how many bytes that takes."""

    point: models.PointStruct
    content: Any
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """The vector `using` of a point, `size` bytes, and what sends it."""

    using: str
    size: int
    send: Callable[[], None]


class Sender(Protocol):
    """Sends points to one collection, waiting for each request."""

    def pack(self, point: models.PointStruct) -> Packed:
        """The point as `upsert` takes it."""

    def upsert(self, points: Sequence[Packed]) -> None:
        """Send them in one request."""

    def parts(self, point: models.PointStruct) -> Iterator[Part]:
        """The point, vector by vector, to be sent in that order; nothing where that can't be."""


class ByClient:
    """Points as the client is given them; their size is that of their numbers."""

    def __init__(self, client: QdrantClient, name: str) -> None:
        self._client = client
        self._name = name

    def pack(self, point: models.PointStruct) -> Packed:
        """Nothing is made of it before it is sent."""
        return Packed(point, point, _BYTES_OF_A_NUMBER * _numbers(point.vector))

    def upsert(self, points: Sequence[Packed]) -> None:
        """By whatever protocol the client talks."""
        self._client.upsert(self._name, [packed.content for packed in points], wait=True)

    def parts(self, point: models.PointStruct) -> Iterator[Part]:
        """None: over gRPC no point is too large."""
        return iter(())


class OverRest:
    """Points as the JSON that is sent."""

    def __init__(self, client: QdrantClient, name: str) -> None:
        self._http = client.http.client
        self._name = name

    def pack(self, point: models.PointStruct) -> Packed:
        """With the comma that parts it from the next one."""
        content = _json(point)
        return Packed(point, content, len(content) + 1)

    def upsert(self, points: Sequence[Packed]) -> None:
        """In one body."""
        self._put(_POINTS, b",".join(packed.content for packed in points))

    def parts(self, point: models.PointStruct) -> Iterator[Part]:
        """The first has the payload as well, the others are given to the point that it makes."""
        vectors: Any = point.vector
        if len(vectors) < 2:
            return
        path = _POINTS
        for using, vector in vectors.items():
            part: models.PointStruct | models.PointVectors
            if path == _POINTS:
                part = point.model_copy(update={"vector": {using: vector}})
            else:
                part = models.PointVectors(id=point.id, vector={using: vector})
            content = _json(part)
            yield Part(using, len(content), partial(self._put, path, content))
            path = f"{_POINTS}/vectors"

    def _put(self, path: str, points: bytes) -> None:
        self._http.request(
            type_=models.InlineResponse2008,
            method="PUT",
            url=path,
            path_params={"collection_name": self._name},
            params={"wait": "true"},
            headers={"Content-Type": "application/json"},
            content=b'{"points":[' + points + b"]}",
        )


def _json(point: models.PointStruct | models.PointVectors) -> bytes:
    return point.model_dump_json(exclude_none=True).encode()


def _numbers(vector: Any) -> int:
    if isinstance(vector, dict):
        return sum(map(_numbers, vector.values()))
    if isinstance(vector, models.SparseVector):
        return 2 * len(vector.values)
    return sum(map(len, vector)) if vector and isinstance(vector[0], list) else len(vector)
