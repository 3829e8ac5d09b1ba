"""A new collection on a server: how it lies on a cluster, and free of strict mode's limits."""

from typing import Any

from qdrant_client import QdrantClient, models

from isco.core.errors import UnavailableError
from isco.core.settings import QdrantSettings
from isco.core.store.connection import PatientCaller
from isco.core.store.refusals import refusal_of


def create_collection(
    client: QdrantClient,
    call: PatientCaller,
    settings: QdrantSettings,
    name: str,
    shards: int | None,
    **described: Any,
) -> None:
    """Make a collection of so many shards, the server's own number for None.

    One whose making was answered too late, and is there when that is tried again, is made. Where a
    server makes strict mode the default, this one is made without: pages, requests and exact search
    are as this program needs them. A server that refuses that makes it as it likes.
    """
    described |= _spread_of(settings, shards)
    free: dict[str, Any] = {"strict_mode_config": models.StrictModeConfig(enabled=False)}
    try:
        more = free if settings.mode == "server" else {}
        call(client.create_collection, name, **described, **more)
    except UnavailableError as error:
        refusal = refusal_of(error)
        if refusal and "strict" in refusal.text.lower():
            call(client.create_collection, name, **described)
        elif not refusal or refusal.status != 409:
            raise


def _spread_of(settings: QdrantSettings, shards: int | None) -> dict[str, Any]:
    """How it lies on a cluster, as far as that is configured."""
    wanted = {
        "shard_number": shards,
        "replication_factor": settings.replication_factor,
        "write_consistency_factor": settings.write_consistency_factor,
    }
    return {name: number for name, number in wanted.items() if number is not None}
