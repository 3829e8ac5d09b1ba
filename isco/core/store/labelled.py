"""Labelled ads behind an alias of their own, beside the taxonomy and in its vector space.

They outlive the taxonomy's collections. When the model changes, they are embedded again into a
new collection, and the alias moves; until then it points at all of them, and what it does not
point at may go.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from isco.core.calibration import Calibration
from isco.core.errors import UnavailableError
from isco.core.records import Concept
from isco.core.settings import QdrantSettings
from isco.core.store.ads_collections import create_ads_collection, model_of, require_model_of
from isco.core.store.aliases import alias_targets, point_alias
from isco.core.store.connection import PatientCaller, every_point
from isco.core.store.labelled_points import (
    CarriedOver,
    LabelledAd,
    LabelledSource,
    labelled_ad_of,
    payload_of,
    renewed_payload,
    sources_of,
    text_of,
    vectors_of,
)
from isco.core.store.metadata import CollectionMetadata, slug
from isco.core.store.points import DENSE

LABELLED_SCHEMA_VERSION = 1
# One vector a point, and maybe a hundred thousand points: the embedded Qdrant sorts all of them for
# every page.
_PAGE = 2048
# The key below which a calibration is stored in the metadata's notes.
_CALIBRATION = "confidence"
_INDEXED_KEYS = ("source", "isco_code", "id")
_MISMATCH = "run isco ingest, which embeds them again"


class LabelledCollection:
    """What `qdrant.labelled_collection` points at. It is made when the first ads are learned."""

    def __init__(self, client: QdrantClient, call: PatientCaller, settings: QdrantSettings) -> None:
        self._client = client
        self._call = call
        self._settings = settings
        self._alias = settings.labelled_collection

    def prepare(self, taxonomy: CollectionMetadata) -> None:
        """Make the collection for vectors of the taxonomy's model, if it is not there.

        Raises ModelMismatchError, naming both, when it holds those of another model.
        """
        if not self.require_model(taxonomy):
            self._put_into_use(self._create(taxonomy))

    def require_model(self, taxonomy: CollectionMetadata) -> str | None:
        """The collection's own name, None when there is none.

        Raises ModelMismatchError, naming both, when it holds vectors of another model.
        """
        name = self._name()
        if name:
            require_model_of(taxonomy, self._metadata(name), self._alias, _MISMATCH)
        return name

    def store(self, ads: Sequence[LabelledAd], groups: Mapping[str, Concept]) -> None:
        """Write `ads`; one of the same source and id is replaced. `prepare` comes first.

        `groups` holds a leaf of each of their codes.
        """
        points = (
            models.PointStruct(
                id=ad.point_id,
                vector={DENSE: ad.vector.tolist()},
                payload=payload_of(ad, groups[ad.isco_code]),
            )
            for ad in ads
        )
        self._write(self._require_name(), points)

    def read(self, taxonomy: CollectionMetadata) -> list[LabelledAd]:
        """All labelled ads whose code the taxonomy has, in the order of point ids.

        Raises ModelMismatchError, naming both, when they are of another model than the taxonomy.
        """
        while name := self.require_model(taxonomy):
            try:
                records = list(self._records(name, with_vectors=True))
            except UnavailableError:
                # An ingest may have moved the ads elsewhere and deleted these in the meantime.
                if self._name() == name:
                    raise
                continue
            current = [record for record in records if not (record.payload or {}).get("obsolete")]
            return [labelled_ad_of(record) for record in current]
        return []

    def payloads(self) -> dict[str, dict[str, Any]]:
        """What is kept of each ad, obsolete ones among them, by point id and without vectors."""
        name = self._name()
        records = self._records(name, with_vectors=False) if name else ()
        return {str(record.id): record.payload or {} for record in records}

    def sources(self) -> list[LabelledSource]:
        """Where the ads came from, by name."""
        return sources_of(self.payloads().values())

    def remove(self, source: str) -> int:
        """Delete the ads of `source`; how many there were."""
        name = self._name()
        if name is None:
            return 0
        match = models.MatchValue(value=source)
        where = models.Filter(must=[models.FieldCondition(key="source", match=match)])
        count = self._call(self._client.count, name, where, exact=True).count
        if count:
            selector = models.FilterSelector(filter=where)
            self._call(self._client.delete, name, selector, wait=True)
        return count

    def calibration(self) -> Calibration | None:
        """What is fitted on these ads; None when nothing is. Another model begins without."""
        name = self._name()
        stored = json.loads(self._metadata(name).get("notes") or "{}") if name else {}
        return Calibration.of(stored[_CALIBRATION]) if _CALIBRATION in stored else None

    def set_calibration(self, calibration: Calibration | None) -> None:
        """Store it with the ads, to four decimals, instead of the one before."""
        name = self._require_name()
        notes = {_CALIBRATION: calibration.as_dict()} if calibration else {}
        # All keys at once, for servers may replace the whole; as text, for they may merge objects.
        metadata = {**self._metadata(name), "notes": json.dumps(notes)}
        self._call(self._client.update_collection, name, metadata=metadata)

    def texts_of_another_model(self, taxonomy: CollectionMetadata) -> list[str]:
        """The texts that `carry_over` to that taxonomy would embed again."""
        name = self._name()
        if name is None or self._is_of(taxonomy, name):
            return []
        return [text_of(record) for record in self._records(name, with_vectors=False)]

    def carry_over(
        self,
        taxonomy: CollectionMetadata,
        groups: Mapping[str, Concept],
        embed: Callable[[Sequence[str]], NDArray[np.float32]],
    ) -> CarriedOver:
        """Bring labels, groups and vectors to a new taxonomy; what is up to date stays as it is.

        `groups` holds a leaf of each code that the taxonomy has; ads of other codes are kept as
        obsolete until one has theirs again. `embed` is asked when the model is another.
        """
        self._clear_leftovers()
        name = self._name()
        if name is None:
            return CarriedOver()
        records = list(self._records(name, with_vectors=True))
        payloads = [renewed_payload(record, groups) for record in records]
        again = not self._is_of(taxonomy, name)
        if again:
            self._move(name, taxonomy, records, payloads, embed)
        else:
            self._write(
                name,
                (
                    models.PointStruct(id=record.id, vector=vectors_of(record), payload=payload)
                    for record, payload in zip(records, payloads, strict=True)
                    if payload != record.payload
                ),
            )
        obsolete = [payload["isco_code"] for payload in payloads if payload.get("obsolete")]
        return CarriedOver(
            ads=len(records),
            embedded_again=len(records) if again else 0,
            obsolete=len(obsolete),
            obsolete_codes=tuple(sorted(set(obsolete))),
        )

    def _move(
        self,
        old: str,
        taxonomy: CollectionMetadata,
        records: Sequence[models.Record],
        payloads: Sequence[dict[str, Any]],
        embed: Callable[[Sequence[str]], NDArray[np.float32]],
    ) -> None:
        """Into a new collection for the taxonomy's model. Until the alias moves, `old` serves."""
        texts = [text_of(record) for record in records]
        vectors: Iterable[NDArray[np.float32]] = embed(texts) if texts else ()
        new = self._create(taxonomy)
        self._write(
            new,
            (
                models.PointStruct(id=record.id, vector={DENSE: vector.tolist()}, payload=payload)
                for record, payload, vector in zip(records, payloads, vectors, strict=True)
            ),
        )
        count = self._call(self._client.count, new, exact=True).count
        if count != len(records):
            raise UnavailableError(
                f"the new collection {new} holds {count} labelled ads instead of {len(records)}: "
                "the old one was left as it was; run isco ingest again"
            )
        self._put_into_use(new)
        # The new one serves; what can't be deleted now, the next ingest clears.
        with suppress(UnavailableError):
            self._call(self._client.delete_collection, old)

    def _create(self, taxonomy: CollectionMetadata) -> str:
        """An empty collection named after the model: <alias>__<model>__<hash of all of it>."""
        identity = _identity(taxonomy)
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
        name = "__".join((self._alias, slug(taxonomy.model), digest))
        metadata = {
            "schema_version": LABELLED_SCHEMA_VERSION,
            **identity,
            "alias": self._alias,
        }
        create_ads_collection(
            self._client, self._call, self._settings, name, metadata, _INDEXED_KEYS
        )
        return name

    def _put_into_use(self, name: str) -> None:
        point_alias(self._client, self._call, self._alias, name)

    def _clear_leftovers(self) -> None:
        """Delete what a killed `carry_over` or `prepare` left: ours, and no alias points at it."""
        used = set(alias_targets(self._client, self._call).values())
        for found in self._call(self._client.get_collections).collections:
            ours = found.name.startswith(f"{self._alias}__") and found.name not in used
            if ours and self._metadata(found.name).get("alias") == self._alias:
                self._call(self._client.delete_collection, found.name)

    def _write(self, name: str, points: Iterable[models.PointStruct]) -> None:
        remaining = iter(points)
        while batch := list(islice(remaining, self._settings.upload_batch)):
            self._call(self._client.upsert, name, batch, wait=True)

    def _records(self, name: str, with_vectors: bool) -> Iterator[models.Record]:
        return every_point(self._client, self._call, name, with_vectors, page=_PAGE)

    def _is_of(self, taxonomy: CollectionMetadata, name: str) -> bool:
        ours, kept = _identity(taxonomy), self._metadata(name)
        return {key: kept.get(key) for key in ours} == ours

    def _metadata(self, name: str) -> dict[str, Any]:
        return self._call(self._client.get_collection, name).config.metadata or {}

    def _name(self) -> str | None:
        return alias_targets(self._client, self._call).get(self._alias)

    def _require_name(self) -> str:
        name = self._name()
        if name is None:
            raise UnavailableError(
                f"there are no labelled ads in {self._alias}: isco learn LABELLED brings some"
            )
        return name


def _identity(taxonomy: CollectionMetadata) -> dict[str, Any]:
    """All on which the vectors depend."""
    return {**model_of(taxonomy), "embedding_options": taxonomy.embedding_options}
