"""What collections of ads have in common: made for the vector space of the taxonomy."""

from collections.abc import Mapping, Sequence
from typing import Any

from qdrant_client import QdrantClient, models

from isco.core.errors import ModelMismatchError
from isco.core.settings import QdrantSettings
from isco.core.store.connection import PatientCaller
from isco.core.store.creating import create_collection
from isco.core.store.metadata import CollectionMetadata
from isco.core.store.points import DENSE


def create_ads_collection(
    client: QdrantClient,
    call: PatientCaller,
    settings: QdrantSettings,
    name: str,
    metadata: Mapping[str, Any],
    indexed_keys: Sequence[str],
    shards: int | None = None,
) -> None:
    """Make an empty collection for vectors `dense` of `metadata["dimension"]`, if it is not there.

    A server indexes the payload's `indexed_keys`.
    """
    if not any(other.name == name for other in call(client.get_collections).collections):
        _create(client, call, settings, name, metadata, shards)
    if settings.mode == "server":
        for key in indexed_keys:
            kind = models.PayloadSchemaType.KEYWORD
            call(client.create_payload_index, name, key, kind, wait=True)


def _create(
    client: QdrantClient,
    call: PatientCaller,
    settings: QdrantSettings,
    name: str,
    metadata: Mapping[str, Any],
    shards: int | None,
) -> None:
    size = metadata["dimension"]
    vectors = {DENSE: models.VectorParams(size=size, distance=models.Distance.COSINE)}
    create_collection(
        client, call, settings, name, shards, vectors_config=vectors, metadata=dict(metadata)
    )


def require_model_of(
    taxonomy: CollectionMetadata, found: Mapping[str, Any], name: str, next_step: str
) -> None:
    """Raise ModelMismatchError, naming both, when the metadata `found` are of another model."""
    if not taxonomy.has_made(found):
        other = f"{found.get('model')}@{found.get('model_revision')}"
        raise ModelMismatchError(
            f"the ads in {name} were embedded by {other}, but the taxonomy in use by "
            f"{taxonomy.model_name}: {next_step}"
        )
