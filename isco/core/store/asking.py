"""What a server has, asked over REST without Qdrant's client.

Whatever is not as expected is left to the client, which tries again and says what is wrong.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import from_json

from isco.core.settings import QdrantSettings
from isco.core.store.collection_info import info_of
from isco.core.store.in_use import InUse, labelled_in_use
from isco.core.store.metadata import READY
from isco.core.store.plain_rest import PlainRest, UnexpectedError
from isco.core.store.point_pages import page_of
from isco.core.store.points import IndexedConcept, indexed_of

_PAGE = 256
_FOLLOWING = re.compile(rb'"next_page_offset":\s*("[0-9a-f-]+"|\d+|null)')
# It stands behind the points of a page, in its last bytes.
_END = 1000


def ask_in_use(qdrant: QdrantSettings) -> InUse | None:
    """As `OccupationStore.in_use`; None for all that is not whole.

    Where gRPC is preferred REST is asked too, which may not be reachable: not for long.
    """
    try:
        with PlainRest(qdrant) as server:
            return _in_use(server, qdrant)
    except UnexpectedError:
        return None


def ask_indexed(
    qdrant: QdrantSettings, collection: str, language: str
) -> list[IndexedConcept] | None:
    """As `OccupationStore.read_indexed`; None where gRPC is preferred, and for all trouble."""
    if not qdrant.over_rest:
        return None
    where = {"must": [{"key": "language", "match": {"value": language}}]}
    try:
        with PlainRest(qdrant) as server:
            return [
                indexed_of(payload, vectors)
                for payload, vectors in _every_point(server, collection, where)
            ]
    except UnexpectedError:
        return None


def _in_use(server: PlainRest, qdrant: QdrantSettings) -> InUse | None:
    listed = server.result("GET", "/aliases")["aliases"]
    targets = {one["alias_name"]: one["collection_name"] for one in listed}
    target = targets.get(qdrant.alias)
    if target is None:
        return None
    said, points = _described(server, target)
    info = info_of(target, points, said, in_use=True)
    if info.metadata is None or info.state != READY:
        return None
    labelled = None
    if qdrant.labelled_collection in targets:
        name = targets[qdrant.labelled_collection]
        of_labelled, ads = _described(server, name)
        if not info.metadata.has_made(of_labelled):
            return None
        labelled = labelled_in_use(name, ads, of_labelled)
    return InUse(target, points, info.made, info.metadata, labelled)


def _described(server: PlainRest, name: str) -> tuple[dict[str, Any], int]:
    """What a collection says of itself, and how many points it has."""
    found = server.result("GET", f"/collections/{name}")
    counted = server.result("POST", f"/collections/{name}/points/count", {"exact": True})
    return found["config"].get("metadata") or {}, int(counted["count"])


def _every_point(
    server: PlainRest, collection: str, where: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """By their ids. The server is at work on a page while the one before is taken apart."""
    path = f"/collections/{collection}/points/scroll"
    asked = {"limit": _PAGE, "with_payload": True, "with_vector": True, "filter": where}
    server.send("POST", path, asked)
    while True:
        content = server.receive()
        following = _following(content)
        if following is not None:
            server.send("POST", path, {**asked, "offset": following})
        page = page_of(content)
        if page.following != following:
            raise ValueError("the next page is another")
        yield from page.points
        if following is None:
            return


def _following(content: bytes) -> Any:
    """Where the next page begins, as a page says behind its points."""
    found = _FOLLOWING.search(content, max(0, len(content) - _END))
    return from_json(found[1]) if found else from_json(content)["result"]["next_page_offset"]
