"""Every point of a collection, a page a request.

Over REST the client checks each number that comes, which takes longer than all else: here answers
are taken as they are.
"""

import json
from collections.abc import Iterator
from typing import Any

from qdrant_client import QdrantClient, models

from isco.core.errors import UnavailableError
from isco.core.store.connection import PatientCaller
from isco.core.store.refusals import refusal_of

_PAGE = 256
_SCROLL = "/collections/{collection_name}/points/scroll"

Page = tuple[list[models.Record], Any]


def every_point(
    client: QdrantClient,
    call: PatientCaller,
    name: str,
    with_vectors: bool,
    where: models.Filter | None = None,
    page: int | None = None,
    over_rest: bool = False,
) -> Iterator[models.Record]:
    """The points of a collection with their payloads, by their ids, `page` of them a request.

    Fewer where a server refuses so many. `over_rest` says that the client talks REST to a server.
    """
    scroll = _scroll_quickly if over_rest else _scroll
    size = page or _PAGE
    offset: Any = None
    while True:
        try:
            records, offset = call(scroll, client, name, where, size, offset, with_vectors)
        except UnavailableError as error:
            refusal = refusal_of(error)
            if size == 1 or not refusal or not refusal.too_large:
                raise
            size //= 2
            continue
        yield from records
        if offset is None:
            return


def _scroll(
    client: QdrantClient,
    name: str,
    where: models.Filter | None,
    limit: int,
    offset: Any,
    with_vectors: bool,
) -> Page:
    return client.scroll(
        name,
        scroll_filter=where,
        limit=limit,
        offset=offset,
        with_payload=True,
        with_vectors=with_vectors,
    )


def _scroll_quickly(
    client: QdrantClient,
    name: str,
    where: models.Filter | None,
    limit: int,
    offset: Any,
    with_vectors: bool,
) -> Page:
    asked: dict[str, Any] = {"limit": limit, "with_payload": True, "with_vector": with_vectors}
    if where is not None:
        asked["filter"] = where.model_dump(mode="json", exclude_none=True)
    if offset is not None:
        asked["offset"] = offset
    answer: Any = client.http.client.request(
        type_=Any,
        method="POST",
        url=_SCROLL,
        path_params={"collection_name": name},
        headers={"Content-Type": "application/json"},
        content=json.dumps(asked),
    )
    found = answer["result"]
    return list(map(_record, found["points"])), found.get("next_page_offset")


def _record(point: dict[str, Any]) -> models.Record:
    return models.Record.model_construct(
        id=point["id"], payload=point.get("payload"), vector=point.get("vector") or {}
    )
