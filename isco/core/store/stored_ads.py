"""Classified ads in a collection of their own, in the taxonomy's vector space."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from isco.core.errors import InputError, UnavailableError
from isco.core.records import Concept
from isco.core.settings import QdrantSettings
from isco.core.store.ads_collections import create_ads_collection, require_model_of
from isco.core.store.connection import PatientCaller
from isco.core.store.exact_search import search_exactly
from isco.core.store.metadata import CollectionMetadata
from isco.core.store.points import DENSE, concept_of, require_vector
from isco.core.store.uploading import Uploader

ADS_SCHEMA_VERSION = 1
_INDEXED_KEYS = ("id", "isco_code", "isco_major", "path")


@dataclass(frozen=True)
class StoredAd:
    """An ad to store: its id, its vector of shape (dimension,), and what people see of it."""

    id: str
    vector: NDArray[np.float32]
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SimilarConcept:
    """A concept similar to a stored ad, and the cosine of their vectors."""

    concept: Concept
    score: float


def ad_point_id(ad_id: str) -> str:
    """The point's id: the version 5 UUID of the ad's id. The same at every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, ad_id))


class AdCollection:
    """The collection `qdrant.ads_collection`. It is made when the first ads are stored."""

    def __init__(self, client: QdrantClient, call: PatientCaller, settings: QdrantSettings) -> None:
        self._client = client
        self._call = call
        self._settings = settings
        self._name = settings.ads_collection

    def prepare(self, taxonomy: CollectionMetadata) -> None:
        """Make the collection for vectors of the taxonomy's model, if it is not there.

        Raises ModelMismatchError, naming both, when it holds those of another model.
        """
        if self._exists():
            self._require_model_of(taxonomy)
            return
        create_ads_collection(
            self._client,
            self._call,
            self._settings,
            self._name,
            {"schema_version": ADS_SCHEMA_VERSION, **taxonomy.vector_space},
            _INDEXED_KEYS,
            self._settings.ads_shard_number,
        )

    def store(self, ads: Sequence[StoredAd]) -> None:
        """Write `ads`; one that was stored before is replaced."""
        for ad in ads:
            require_vector(DENSE, ad.vector, ad.vector.shape, f"the ad {ad.id!r}")
        points = (
            models.PointStruct(
                id=ad_point_id(ad.id), vector={DENSE: ad.vector.tolist()}, payload=ad.payload
            )
            for ad in ads
        )
        for _ in Uploader(self._client, self._call, self._settings, self._name).send(points):
            pass

    def similar_concepts(
        self,
        ad_id: str,
        collection: str,
        taxonomy: CollectionMetadata,
        kinds: Sequence[str],
        top: int,
    ) -> list[SimilarConcept]:
        """The `top` concepts of `collection` most similar to a stored ad, by `dense` and exactly.

        They are those of the ad's language, or of the main one where the taxonomy lacks that.
        Raises UnavailableError when no ads are stored, InputError when not this one, and
        ModelMismatchError when ads and taxonomy are of two models.
        """
        if not self._exists():
            raise UnavailableError(
                f"there is no collection {self._name} of classified ads: "
                "run isco classify --store-ads"
            )
        self._require_model_of(taxonomy)
        point = ad_point_id(ad_id)
        stored = self._call(self._client.retrieve, self._name, [point], with_payload=["language"])
        if not stored:
            raise InputError(
                f"no ad {ad_id!r} is stored in {self._name}: isco classify --store-ads stores them"
            )
        language = (stored[0].payload or {}).get("language")
        if language not in taxonomy.languages:
            language = taxonomy.languages[0]
        found = search_exactly(
            self._client,
            self._call,
            self._settings.mode == "server",
            collection,
            query=point,
            using=DENSE,
            lookup_from=models.LookupLocation(collection=self._name, vector=DENSE),
            query_filter=models.Filter(
                must=[
                    models.FieldCondition(key="kind", match=models.MatchAny(any=list(kinds))),
                    models.FieldCondition(key="language", match=models.MatchValue(value=language)),
                ]
            ),
            limit=top,
            with_payload=True,
        )
        return [SimilarConcept(concept_of(hit.payload or {}), float(hit.score)) for hit in found]

    def _exists(self) -> bool:
        found = self._call(self._client.get_collections).collections
        return any(collection.name == self._name for collection in found)

    def _require_model_of(self, taxonomy: CollectionMetadata) -> None:
        found = self._call(self._client.get_collection, self._name).config.metadata or {}
        next_step = "name another qdrant.ads_collection, or delete that one"
        require_model_of(taxonomy, found, self._name, next_step)
