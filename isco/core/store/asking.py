"""What a server says is in use, asked over REST without Qdrant's client.

Importing that takes longer than all else that a command does whose taxonomy is kept on this
machine. Whatever is not as expected is left to the client, which tries again and says what is
wrong.
"""

import ssl
from typing import Any

import httpx

from isco.core.settings import QdrantSettings
from isco.core.store.collection_info import info_of
from isco.core.store.in_use import InUse, labelled_in_use
from isco.core.store.keys import key_of
from isco.core.store.metadata import READY

# Seconds after which the client is left to find out.
_TO_CONNECT = 2.0
_UNEXPECTED = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, KeyError, TypeError)


def ask_in_use(qdrant: QdrantSettings) -> InUse | None:
    """As `OccupationStore.in_use`; None for all that is not whole.

    Where gRPC is preferred REST is asked too, which may not be reachable: not for long.
    """
    key = key_of(qdrant, reads_only=True)
    try:
        authority = qdrant.tls_ca
        verify = ssl.create_default_context(cafile=str(authority)) if authority else True
        with httpx.Client(
            base_url=qdrant.url,
            headers={"api-key": key} if key else {},
            timeout=httpx.Timeout(qdrant.timeout, connect=_TO_CONNECT),
            verify=verify,
        ) as http:
            return _in_use(http, qdrant)
    except _UNEXPECTED:
        return None


def _in_use(http: httpx.Client, qdrant: QdrantSettings) -> InUse | None:
    listed = _result(http.get("/aliases"))["aliases"]
    targets = {one["alias_name"]: one["collection_name"] for one in listed}
    target = targets.get(qdrant.alias)
    if target is None:
        return None
    said, points = _described(http, target)
    info = info_of(target, points, said, in_use=True)
    if info.metadata is None or info.state != READY:
        return None
    labelled = None
    if qdrant.labelled_collection in targets:
        name = targets[qdrant.labelled_collection]
        of_labelled, ads = _described(http, name)
        if not info.metadata.has_made(of_labelled):
            return None
        labelled = labelled_in_use(name, ads, of_labelled)
    return InUse(target, points, info.made, info.metadata, labelled)


def _described(http: httpx.Client, name: str) -> tuple[dict[str, Any], int]:
    """What a collection says of itself, and how many points it has."""
    found = _result(http.get(f"/collections/{name}"))
    counted = _result(http.post(f"/collections/{name}/points/count", json={"exact": True}))
    return found["config"].get("metadata") or {}, int(counted["count"])


def _result(response: httpx.Response) -> Any:
    return response.raise_for_status().json()["result"]
