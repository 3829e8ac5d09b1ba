"""The taxonomy's collections behind one alias: found and read."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from qdrant_client import QdrantClient, models

from isco.core.errors import UnavailableError
from isco.core.records import Concept
from isco.core.settings import Settings
from isco.core.store.aliases import alias_targets, metadata_behind
from isco.core.store.building import is_gone
from isco.core.store.collection_info import CollectionInfo, info_of
from isco.core.store.connection import PatientCaller, open_client
from isco.core.store.in_use import InUse
from isco.core.store.labelled import LabelledCollection
from isco.core.store.metadata import READY, CollectionMetadata, is_ours
from isco.core.store.place import asked_address, qdrant_place
from isco.core.store.points import IndexedConcept, concept_of, from_record
from isco.core.store.reading import every_point
from isco.core.store.stored_ads import AdCollection

# The embedded Qdrant sorts all of its points for each page.
_EMBEDDED_PAGE = 1024


class TaxonomyReader:
    """What is in Qdrant. Use as a context manager: the embedded folder is locked until then.

    One that `reads_only` uses the read-only key where there is one. Every method raises
    UnavailableError, with the next step, when Qdrant can't be reached.
    """

    def __init__(
        self, settings: Settings, client: QdrantClient | None = None, reads_only: bool = False
    ) -> None:
        qdrant = settings.qdrant
        self.where = qdrant_place(settings)
        self.on_server = qdrant.mode == "server"
        self._qdrant = qdrant
        self._folder = settings.qdrant_path if qdrant.mode == "local" else None
        self._client = client or open_client(settings, reads_only)
        # Collections that are reached by an alias, where its target is not shown.
        self._by_alias: dict[str, str] = {}
        self._call = PatientCaller(qdrant.retries, asked_address(settings))

    def __enter__(self) -> Self:
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
                f"no taxonomy has been ingested into Qdrant ({self.where}): call "
                "isco.ingest() in Python, or run isco ingest"
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
        infos = []
        for name in filter(is_ours, names):
            try:
                infos.append(self._info(name, in_use=name == target))
            except UnavailableError as error:
                # Another command may have deleted it since it was listed.
                if not is_gone(error):
                    raise
        return sorted(infos, key=lambda info: info.stamp, reverse=True)

    def ads(self) -> AdCollection:
        """The classified ads beside the taxonomy."""
        return AdCollection(self._client, self._call, self._qdrant)

    def labelled(self) -> LabelledCollection:
        """The labelled ads that are searched beside the taxonomy."""
        return LabelledCollection(self._client, self._call, self._qdrant)

    def in_use(self) -> InUse:
        """What is in use, the labelled ads beside it, asked without a point of them.

        Raises UnavailableError when nothing is that can be used, ModelMismatchError, naming both,
        when the ads are of another model.
        """
        info, metadata = self.require_active()
        return InUse(info.name, info.points, info.made, metadata, self.labelled().state(metadata))

    def is_in_use(self, name: str) -> bool:
        """Whether a collection is, still."""
        return self._alias_target() == name

    def read_indexed(self, name: str, language: str | None = None) -> list[IndexedConcept]:
        """Every point of a collection, or those of one language, with their vectors, in the order
        of point ids."""
        where = language and models.FieldCondition(
            key="language", match=models.MatchValue(value=language)
        )
        only = models.Filter(must=[where]) if where else None
        return [from_record(record) for record in self._scroll(name, with_vectors=True, only=only)]

    def read_concepts(self, name: str) -> list[Concept]:
        """As `read_indexed`, without the vectors."""
        return [
            concept_of(record.payload or {}) for record in self._scroll(name, with_vectors=False)
        ]

    def _aliases(self) -> dict[str, str]:
        return alias_targets(self._client, self._call)

    def _alias_target(self) -> str | None:
        """The collection in use; by the name that it gives itself where no alias is shown."""
        alias = self._qdrant.alias
        target = self._aliases().get(alias)
        if target is None and self.on_server:
            found = metadata_behind(self._client, self._call, alias)
            if found is not None:
                target = str(found.get("name", alias))
                self._by_alias[target] = alias
        return target

    def address_of(self, name: str) -> str:
        """What a collection is asked by: its name, or an alias where only that may be read."""
        return self._by_alias.get(name, name)

    def _info(self, name: str, in_use: bool) -> CollectionInfo:
        address = self.address_of(name)
        found = self._call(self._client.get_collection, address)
        points = self._call(self._client.count, address, exact=True).count
        return info_of(name, points, found.config.metadata, in_use)

    def _scroll(
        self, name: str, with_vectors: bool, only: models.Filter | None = None
    ) -> Iterator[models.Record]:
        return every_point(
            self._client,
            self._call,
            self.address_of(name),
            with_vectors,
            only,
            page=None if self.on_server else _EMBEDDED_PAGE,
            over_rest=self._qdrant.over_rest,
        )
