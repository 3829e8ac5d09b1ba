"""Collections of leaves: built aside, verified, swapped in by one alias operation, pruned."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, TypeVar

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from isco.config import Settings
from isco.errors import UnavailableError
from isco.store.connection import open_client, with_retries
from isco.store.metadata import (
    BUILDING,
    READY,
    CollectionMetadata,
    collection_name,
    is_ours,
)
from isco.store.points import DENSE, LABELS, LEXICAL, IndexedLeaf, from_record, to_point

T = TypeVar("T")

_PROBES = 8
_SCROLL = 256
_INDEXED_KEYS = ("isco_code", "isco_label", "isco_major", "isco_sub_major", "isco_minor", "uri")


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection as found. `metadata` is None when something else made it."""

    name: str
    points: int
    state: str | None
    in_use: bool
    metadata: CollectionMetadata | None


class OccupationStore:
    """The taxonomy's collections behind one alias. Use as a context manager."""

    def __init__(self, settings: Settings, client: QdrantClient | None = None) -> None:
        qdrant = settings.qdrant
        self._qdrant = qdrant
        self.where = {
            "local": f"folder {settings.qdrant_path}",
            "server": qdrant.url,
            "memory": "memory",
        }[qdrant.mode]
        # The embedded Qdrant knows only exact search, and complains when asked for it.
        self._exact = models.SearchParams(exact=True) if qdrant.mode == "server" else None
        self._client = client or open_client(settings)

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
        names = [c.name for c in self._call(self._client.get_collections).collections]
        ours = sorted(filter(is_ours, names), key=_stamp, reverse=True)
        return [self._info(name, in_use=name == target) for name in ours]

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
        self._create(name, metadata)
        try:
            probes = self._upload(name, leaves, progress)
            self._verify(name, metadata, probes)
            self._call(
                lambda: self._client.update_collection(name, metadata=metadata.to_payload(READY))
            )
        except BaseException:
            self._forget(name)
            raise
        self._swap(name)
        self._prune(name)
        return name

    def read_leaves(self, name: str) -> list[IndexedLeaf]:
        """Every point of a collection with its vectors, in the order of point ids."""
        leaves: list[IndexedLeaf] = []
        offset: Any = None
        while True:
            records, offset = self._call(
                lambda at=offset: self._client.scroll(
                    name, limit=_SCROLL, offset=at, with_payload=True, with_vectors=True
                )
            )
            leaves.extend(from_record(record) for record in records)
            if offset is None:
                return leaves

    def _call(self, call: Callable[[], T]) -> T:
        return with_retries(call, self._qdrant.retries, self.where)

    def _alias_target(self) -> str | None:
        aliases = self._call(self._client.get_aliases).aliases
        return next((a.collection_name for a in aliases if a.alias_name == self._qdrant.alias), None)

    def _info(self, name: str, in_use: bool) -> CollectionInfo:
        found = self._call(lambda: self._client.get_collection(name))
        payload = found.config.metadata
        return CollectionInfo(
            name=name,
            points=found.points_count or 0,
            state=(payload or {}).get("state"),
            in_use=in_use,
            metadata=CollectionMetadata.from_payload(payload),
        )

    def _create(self, name: str, metadata: CollectionMetadata) -> None:
        def dense(**more: Any) -> models.VectorParams:
            return models.VectorParams(
                size=metadata.dimension, distance=models.Distance.COSINE, **more
            )

        # Names are only ever compared one by one and exactly: a graph over them would cost
        # memory and never be asked.
        labels = dense(
            multivector_config=models.MultiVectorConfig(
                comparator=models.MultiVectorComparator.MAX_SIM
            ),
            hnsw_config=models.HnswConfigDiff(m=0),
        )
        try:
            self._call(
                lambda: self._client.create_collection(
                    name,
                    vectors_config={DENSE: dense(), LABELS: labels},
                    sparse_vectors_config={LEXICAL: models.SparseVectorParams()},
                    metadata=metadata.to_payload(BUILDING),
                )
            )
        except UnavailableError as error:
            if not _already_exists(error):
                raise
        if self._qdrant.mode == "server":
            for key in _INDEXED_KEYS:
                self._call(
                    lambda key=key: self._client.create_payload_index(
                        name, key, models.PayloadSchemaType.KEYWORD, wait=True
                    )
                )

    def _upload(
        self, name: str, leaves: Iterable[IndexedLeaf], progress: Callable[[int], None] | None
    ) -> list[IndexedLeaf]:
        """Send all `leaves`, waiting for each batch; return some of them to probe with."""
        probes: list[IndexedLeaf] = []
        remaining = iter(leaves)
        while batch := list(islice(remaining, self._qdrant.upload_batch)):
            points = [to_point(leaf) for leaf in batch]
            self._call(lambda points=points: self._client.upsert(name, points, wait=True))
            probes.append(batch[0])
            if progress:
                progress(len(batch))
        return probes[:: max(1, len(probes) // _PROBES)]

    def _verify(
        self, name: str, metadata: CollectionMetadata, probes: Sequence[IndexedLeaf]
    ) -> None:
        """Count exactly, and find each probe by each of its own vectors."""
        count = self._call(lambda: self._client.count(name, exact=True)).count
        if count != metadata.points:
            raise UnavailableError(
                f"{name} holds {count} points instead of {metadata.points}: "
                "the collection in use was left as it is; run isco ingest again"
            )
        for leaf in probes:
            point = to_point(leaf)
            for using in (DENSE, LABELS, LEXICAL):
                self._probe(name, point, using)

    def _probe(self, name: str, point: models.PointStruct, using: str) -> None:
        """The point must be found with the best score there is (others may share it)."""
        vector: Any = point.vector
        query = vector[using]
        only = models.Filter(must=[models.HasIdCondition(has_id=[point.id])])

        def best(limit_to: models.Filter | None) -> float:
            found = self._call(
                lambda: self._client.query_points(
                    name,
                    query=query,
                    using=using,
                    limit=1,
                    query_filter=limit_to,
                    search_params=self._exact,
                    with_payload=False,
                )
            ).points
            return found[0].score if found else float("-inf")

        own, top = best(only), best(None)
        # A text of the document side need not be its own best match by n-grams, whose weights
        # sit on one side: there it is enough that the point is found at all.
        found = own > float("-inf") if using == LEXICAL else own >= top - 1e-4 * max(1, abs(top))
        if not found:
            raise UnavailableError(
                f"{name}: a probe by {using!r} did not find its own point: "
                "the collection in use was left as it is; run isco ingest again"
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
        self._call(lambda: self._client.update_collection_aliases(operations))

    def _prune(self, newest: str) -> None:
        """Keep the newest collections, the one in use among them."""
        ready = [c.name for c in self.collections() if c.state == READY and c.name != newest]
        for name in ready[self._qdrant.keep_collections - 1 :]:
            self._call(lambda name=name: self._client.delete_collection(name))

    def _clear_unfinished(self) -> None:
        for info in self.collections():
            if info.state == BUILDING and not info.in_use:
                self._call(lambda name=info.name: self._client.delete_collection(name))

    def _forget(self, name: str) -> None:
        """Best effort: what can't be deleted now is `building`, and the next build clears it."""
        try:
            self._client.delete_collection(name)
        except Exception:
            return


def _stamp(name: str) -> str:
    return name.rsplit("__", 1)[-1]


def _already_exists(error: UnavailableError) -> bool:
    """A create that was answered too late, then tried again, has done its work."""
    cause = error.__cause__
    return isinstance(cause, UnexpectedResponse) and cause.status_code == 409


