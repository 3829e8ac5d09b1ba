"""The alias of the labelled ads and the collections behind it: one for each embedding model.

Until the alias moves, the collection that it points at holds all of them; what it does not point
at may go.
"""

import hashlib
import json
import uuid
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from qdrant_client import QdrantClient, models

from isco.core.errors import ConnectionWarning, UnavailableError
from isco.core.settings import QdrantSettings
from isco.core.store.ads_collections import create_ads_collection, require_model_of
from isco.core.store.aliases import (
    alias_targets,
    metadata_behind,
    point_alias,
    require_no_collection,
)
from isco.core.store.connection import PatientCaller
from isco.core.store.in_use import CHANGING, REVISION
from isco.core.store.metadata import CollectionMetadata, slug
from isco.core.store.reading import every_point
from isco.core.store.refusals import refusal_of
from isco.core.store.uploading import Uploader

LABELLED_SCHEMA_VERSION = 1
# One vector a point, and maybe a hundred thousand points: the embedded Qdrant sorts all of them for
# every page.
_PAGE = 2048
_INDEXED_KEYS = ("source", "isco_code", "id")
_MISMATCH = "run isco ingest, which embeds them again"


class LabelledAlias:
    """`qdrant.labelled_collection` as an alias. `name` is that of a collection behind it."""

    def __init__(self, client: QdrantClient, call: PatientCaller, settings: QdrantSettings) -> None:
        self._client = client
        self._call = call
        self._settings = settings
        self._alias = settings.labelled_collection

    def target(self) -> str | None:
        """The collection that the alias points at, None when there is none."""
        target = alias_targets(self._client, self._call).get(self._alias)
        if target is None and self._settings.mode == "server" and self._is_behind():
            return self._alias
        return target

    def _is_behind(self) -> bool:
        """Whether the alias points at a collection, though it is not shown to this key.

        Warns where the key may not read it, for the ads are coded without it then.
        """
        try:
            said = metadata_behind(self._client, self._call, self._alias)
            return said is not None and said.get("alias") == self._alias
        except UnavailableError as error:
            refusal = refusal_of(error)
            if not refusal or refusal.status != 403:
                raise
            message = (
                f"the key for Qdrant may not read {self._alias} ({refusal}): whatever labelled ads "
                "it has are left out"
            )
            warnings.warn(message, ConnectionWarning, stacklevel=2)
            return False

    def require_target(self) -> str:
        """The collection that the alias points at. Raises UnavailableError when there is none."""
        name = self.target()
        if name is None:
            raise UnavailableError(
                f"there are no labelled ads in {self._alias}: isco learn LABELLED brings some"
            )
        return name

    def require_model(self, taxonomy: CollectionMetadata) -> str | None:
        """The collection that the alias points at, None when there is none.

        Raises ModelMismatchError, naming both, when it holds vectors of another model.
        """
        name = self.target()
        if name:
            require_model_of(taxonomy, self.metadata(name), self._alias, _MISMATCH)
        return name

    def is_of(self, taxonomy: CollectionMetadata, name: str) -> bool:
        """Whether a collection's vectors are as the taxonomy's model makes them now."""
        ours, found = _identity(taxonomy), self.metadata(name)
        return {key: found.get(key) for key in ours} == ours

    def model_of(self, name: str) -> str:
        """Stands for all on which a collection's vectors depend."""
        found = self.metadata(name)
        return json.dumps({key: found.get(key) for key in _IDENTITY}, sort_keys=True)

    def model_for(self, taxonomy: CollectionMetadata) -> str:
        """As `model_of`, of a collection for that taxonomy."""
        return json.dumps(_identity(taxonomy), sort_keys=True)

    def metadata(self, name: str) -> dict[str, Any]:
        """What a collection says of itself."""
        return self._call(self._client.get_collection, name).config.metadata or {}

    def set_metadata(self, name: str, **values: Any) -> None:
        """Let a collection say `values` of itself too, instead of what it said of those keys."""
        # Keys are merged: what others say of it in the meantime stays.
        self._call(self._client.update_collection, name, metadata=values)

    @contextmanager
    def changing(self, name: str) -> Iterator[None]:
        """While points of a collection are written: whoever reads them then keeps them not, and
        what was kept before is of another revision."""
        self.set_metadata(name, **{CHANGING: True, REVISION: uuid.uuid4().hex})
        try:
            yield
        finally:
            self.set_metadata(name, **{CHANGING: False, REVISION: uuid.uuid4().hex})

    def records(self, name: str, with_vectors: bool) -> Iterator[models.Record]:
        """The points of a collection, by their ids."""
        rest = self._settings.over_rest
        return every_point(self._client, self._call, name, with_vectors, page=_PAGE, over_rest=rest)

    def retrieve(self, name: str, ids: Sequence[Any]) -> Iterator[models.Record]:
        """The points of these ids, as far as they are there, with their vectors."""
        for start in range(0, len(ids), _PAGE):
            some = list(ids[start : start + _PAGE])
            yield from self._call(
                self._client.retrieve, name, some, with_payload=True, with_vectors=True
            )

    def count(self, name: str, where: models.Filter | None = None) -> int:
        """How many points a collection has, of those that `where` lets through."""
        return self._call(self._client.count, name, where, exact=True).count

    def write(self, name: str, points: Iterable[models.PointStruct]) -> None:
        """Send points in batches, waiting for each."""
        for _ in Uploader(self._client, self._call, self._settings, name).send(points):
            pass

    def remove(self, name: str, where: models.Filter) -> None:
        """Delete the points that `where` lets through."""
        self._call(self._client.delete, name, models.FilterSelector(filter=where), wait=True)

    def create(self, taxonomy: CollectionMetadata) -> str:
        """An empty collection named after the model: <alias>__<model>__<hash of all of it>."""
        require_no_collection(self._client, self._call, self._alias)
        identity = _identity(taxonomy)
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
        name = "__".join((self._alias, slug(taxonomy.model), digest))
        metadata = {
            "schema_version": LABELLED_SCHEMA_VERSION,
            **identity,
            "alias": self._alias,
            REVISION: uuid.uuid4().hex,
        }
        create_ads_collection(
            self._client, self._call, self._settings, name, metadata, _INDEXED_KEYS
        )
        return name

    def put_into_use(self, name: str) -> None:
        """Point the alias at a collection."""
        point_alias(self._client, self._call, self._alias, name)

    def delete(self, name: str) -> None:
        """Delete a collection."""
        self._call(self._client.delete_collection, name)

    def clear_leftovers(self) -> None:
        """Delete what was killed before it was in use: ours, and no alias points at it."""
        used = set(alias_targets(self._client, self._call).values())
        for found in self._call(self._client.get_collections).collections:
            ours = found.name.startswith(f"{self._alias}__") and found.name not in used
            if ours and self.metadata(found.name).get("alias") == self._alias:
                self.delete(found.name)


def _identity(taxonomy: CollectionMetadata) -> dict[str, Any]:
    """All on which the vectors depend."""
    return {**taxonomy.vector_space, "embedding_options": taxonomy.embedding_options}


_IDENTITY = ("model", "model_revision", "dimension", "embedding_options")
