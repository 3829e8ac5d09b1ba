"""Aliases of Qdrant: which there are, and moving one in a single operation."""

from typing import Any

from qdrant_client import QdrantClient, models

from isco.core.store.connection import PatientCaller


def alias_targets(client: QdrantClient, call: PatientCaller) -> dict[str, str]:
    """Every alias in this Qdrant with its collection, those of others among them."""
    return {found.alias_name: found.collection_name for found in call(client.get_aliases).aliases}


def point_alias(client: QdrantClient, call: PatientCaller, alias: str, name: str) -> None:
    """Point `alias` at `name`: dropped and set in one operation, so that no search fails."""
    operations: list[Any] = []
    if alias in alias_targets(client, call):
        operations.append(
            models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
        )
    operations.append(
        models.CreateAliasOperation(
            create_alias=models.CreateAlias(collection_name=name, alias_name=alias)
        )
    )
    call(client.update_collection_aliases, operations)
