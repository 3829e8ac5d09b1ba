"""The taxonomy's collections behind one alias: find, read, swap in, prune."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from qdrant_client import QdrantClient, models

from isco.config import Settings
from isco.errors import UnavailableError
from isco.store.building import CollectionBuilder
from isco.store.connection import PatientCaller, open_client
from isco.store.metadata import (
    BUILDING,
    READY,
    CollectionMetadata,
    collection_name,
    is_ours,
)
from isco.store.points import IndexedLeaf, from_record

_SCROLL = 256


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection as found. `metadata` is None when something else made it."""

    name: str
    points: int
    state: str | None
    in_use: bool
    metadata: CollectionMetadata | None


class OccupationStore:
    """The taxonomy in Qdrant. Use as a context manager: the embedded folder is locked until then.

    Every method raises UnavailableError, with the next step, when Qdrant can't be reached.
    """

    def __init__(self, settings: Settings, client: QdrantClient | None = None) -> None:
        qdrant = settings.qdrant
        self.where = {
            "local": f"folder {settings.qdrant_path}",
            "server": qdrant.url,
            "memory": "memory",
        }[qdrant.mode]
        self._qdrant = qdrant
        self._client = client or open_client(settings)
        self._call = PatientCaller(qdrant.retries, self.where)

    def __enter__(self) -> "OccupationStore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def active(self) -> CollectionInfo | None:
        """The collection that the alias points at, or None."""
        target = self._alias_target()
        return None if target is None else self._info(target, in_use=True)

    def require_active(self) -> tuple[CollectionInfo, CollectionMetadata]:
        """As `active`; UnavailableError with the next step when there is none that can be used."""
        info = self.active()
        if info is None:
            raise UnavailableError(
                f"no taxonomy has been ingested into Qdrant ({self.where}): run isco ingest"
            )
        if info.metadata is None or info.state != READY:
            raise UnavailableError(
                f"the alias {self._qdrant.alias} points at {info.name}, which was not built by "
                "this version of isco ingest: run isco ingest again"
            )
        return info, info.metadata

    def collections(self) -> list[CollectionInfo]:
        """All collections of this project, the newest first."""
        target = self._alias_target()
        names = [found.name for found in self._call(self._client.get_collections).collections]
        ours = sorted(filter(is_ours, names), key=_stamp, reverse=True)
        return [self._info(name, in_use=name == target) for name in ours]

    def read_leaves(self, name: str) -> list[IndexedLeaf]:
        """Every point of a collection with its vectors, in the order of point ids."""
        leaves: list[IndexedLeaf] = []
        offset: Any = None
        while True:
            records, offset = self._call(
                self._client.scroll,
                name,
                limit=_SCROLL,
                offset=offset,
                with_payload=True,
                with_vectors=True,
            )
            leaves.extend(from_record(record) for record in records)
            if offset is None:
                return leaves

    def build(
        self,
        metadata: CollectionMetadata,
        leaves: Iterable[IndexedLeaf],
        progress: Callable[[int], None] | None = None,
    ) -> str:
        """Upload `leaves` into a new collection, verify it, put it into use; return its name.

        Until the last step the collection in use is untouched. Raises UnavailableError when the
        upload fails or what arrived is not what was sent; the remains are cleared then, or else
        by the next build.
        """
        self._clear_unfinished()
        name = collection_name(metadata)
        builder = CollectionBuilder(self._client, self._call, self._qdrant, name, metadata)
        try:
            builder.create()
            builder.upload(leaves, progress)
            builder.verify()
            builder.mark_ready()
        except BaseException:
            self._forget(name)
            raise
        self._swap(name)
        self._prune()
        return name

    def _aliases(self) -> dict[str, str]:
        """Every alias in this Qdrant with its collection, those of others among them."""
        found = self._call(self._client.get_aliases).aliases
        return {alias.alias_name: alias.collection_name for alias in found}

    def _alias_target(self) -> str | None:
        return self._aliases().get(self._qdrant.alias)

    def _info(self, name: str, in_use: bool) -> CollectionInfo:
        found = self._call(self._client.get_collection, name)
        payload = found.config.metadata
        return CollectionInfo(
            name=name,
            points=found.points_count or 0,
            state=(payload or {}).get("state"),
            in_use=in_use,
            metadata=CollectionMetadata.from_payload(payload),
        )

    def _swap(self, name: str) -> None:
        """Point the alias at `name`: dropped and set in one operation, so that no search fails."""
        alias = self._qdrant.alias
        operations: list[Any] = []
        if self._alias_target() is not None:
            operations.append(
                models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
            )
        operations.append(
            models.CreateAliasOperation(
                create_alias=models.CreateAlias(collection_name=name, alias_name=alias)
            )
        )
        self._call(self._client.update_collection_aliases, operations)

    def _prune(self) -> None:
        """Keep the newest collections, the one in use among them."""
        for name in self._unused(READY)[self._qdrant.keep_collections - 1 :]:
            self._call(self._client.delete_collection, name)

    def _clear_unfinished(self) -> None:
        for name in self._unused(BUILDING):
            self._call(self._client.delete_collection, name)

    def _unused(self, state: str) -> list[str]:
        """Collections in that state that no alias points at, the newest first."""
        used = set(self._aliases().values())
        found = [info.name for info in self.collections() if info.state == state]
        return [name for name in found if name not in used]

    def _forget(self, name: str) -> None:
        """Best effort: what can't be deleted now is `building`, and the next build clears it."""
        try:
            self._client.delete_collection(name)
        except Exception:
            return


def _stamp(name: str) -> str:
    return name.rsplit("__", 1)[-1]
