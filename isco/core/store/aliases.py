"""Aliases of Qdrant: which there are, and moving one in a single operation.

A token for single collections is shown no aliases, but may read what is behind one by its name.
"""

from typing import Any

from qdrant_client import QdrantClient, models

from isco.core.errors import ConfigError, UnavailableError
from isco.core.store.connection import PatientCaller
from isco.core.store.refusals import refusal_of


def alias_targets(client: QdrantClient, call: PatientCaller) -> dict[str, str]:
    """Every alias in this Qdrant with its collection, those of others among them."""
    return {found.alias_name: found.collection_name for found in call(client.get_aliases).aliases}


def metadata_behind(client: QdrantClient, call: PatientCaller, alias: str) -> dict[str, Any] | None:
    """What the collection behind an alias of a server says of itself, asked by the alias; None when
    there is none. Raises UnavailableError, which says so, when the key may not read it."""
    try:
        return call(client.get_collection, alias).config.metadata or {}
    except UnavailableError as error:
        refusal = refusal_of(error)
        if refusal and refusal.status == 404:
            return None
        raise


def require_no_collection(client: QdrantClient, call: PatientCaller, alias: str) -> None:
    """Raise ConfigError when a collection has the name that is to be an alias."""
    if any(found.name == alias for found in call(client.get_collections).collections):
        raise ConfigError(
            f"a collection in Qdrant is named {alias}, which is to be an alias: set qdrant.alias "
            "or qdrant.labelled_collection to another name, or delete that collection"
        )


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
