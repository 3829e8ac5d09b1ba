"""Labelled ads in the taxonomy's vector space. They outlive the taxonomy's collections."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from qdrant_client import QdrantClient, models

from isco.core.errors import UnavailableError
from isco.core.learned_fit import LearnedFit
from isco.core.settings import QdrantSettings
from isco.core.store.carrying_over import Embed, carry_over, texts_of_another_model
from isco.core.store.connection import PatientCaller
from isco.core.store.in_use import FIT, NOTES, LabelledInUse, labelled_in_use
from isco.core.store.labelled_alias import LabelledAlias
from isco.core.store.labelled_points import (
    CarriedOver,
    Groups,
    LabelledAd,
    LabelledSource,
    labelled_ad_of,
    labelled_point_id,
    payload_of,
    sources_of,
)
from isco.core.store.labelled_reading import read_labelled
from isco.core.store.metadata import CollectionMetadata
from isco.core.store.points import DENSE, require_vector


class LabelledCollection:
    """What `qdrant.labelled_collection` points at. It is made when the first ads are learned."""

    def __init__(self, client: QdrantClient, call: PatientCaller, settings: QdrantSettings) -> None:
        self._alias = LabelledAlias(client, call, settings)

    def prepare(self, taxonomy: CollectionMetadata) -> None:
        """Make the collection for vectors of the taxonomy's model, if it is not there.

        Raises ModelMismatchError, naming both, when it holds those of another model.
        """
        if not self._alias.require_model(taxonomy):
            self._alias.put_into_use(self._alias.create(taxonomy))

    def require_model(self, taxonomy: CollectionMetadata) -> None:
        """Raise ModelMismatchError, naming both, when the ads are of another model."""
        self._alias.require_model(taxonomy)

    def state(self, taxonomy: CollectionMetadata) -> LabelledInUse | None:
        """What is said of the ads without reading one; None where none were ever learned.

        Raises ModelMismatchError, naming both, when they are of another model than the taxonomy.
        """
        name = self._alias.require_model(taxonomy)
        if name is None:
            return None
        return labelled_in_use(name, self._alias.count(name), self._alias.metadata(name))

    def changing(self) -> AbstractContextManager[None]:
        """While ads are stored or removed: readers see that they change. `prepare` comes first."""
        return self._alias.changing(self._alias.require_target())

    def store(self, ads: Sequence[LabelledAd], groups: Groups) -> None:
        """Write `ads`, all of whose codes are in `groups`; one of the same source and id is
        replaced. `prepare` comes first."""
        for ad in ads:
            require_vector(DENSE, ad.vector, ad.vector.shape, f"the ad {ad.id!r} of {ad.source}")
        points = (
            models.PointStruct(
                id=ad.point_id,
                vector={DENSE: ad.vector.tolist()},
                payload=payload_of(ad, groups),
            )
            for ad in ads
        )
        self._alias.write(self._alias.require_target(), points)

    def read(
        self,
        taxonomy: CollectionMetadata,
        kept: Sequence[LabelledAd] = (),
        of: str | None = None,
    ) -> list[LabelledAd]:
        """All labelled ads whose code the taxonomy has, in the order of point ids.

        `kept` are those that the collection `of` had earlier: what is still as it was is not read
        again. Raises ModelMismatchError, naming both, when they are of another model than the
        taxonomy.
        """
        while name := self._alias.require_model(taxonomy):
            try:
                return read_labelled(self._alias, name, kept if name == of else ())
            except UnavailableError:
                # An ingest may have moved the ads elsewhere and deleted these in the meantime.
                if self._alias.target() == name:
                    raise
        return []

    def stored(self) -> list[LabelledAd]:
        """All labelled ads, those whose code the taxonomy does not have among them."""
        name = self._alias.target()
        records = self._alias.records(name, with_vectors=True) if name else ()
        return [labelled_ad_of(record) for record in records]

    def model(self) -> str:
        """Stands for the model that made their vectors, with its options; "" without any."""
        name = self._alias.target()
        return self._alias.model_of(name) if name else ""

    def model_for(self, taxonomy: CollectionMetadata) -> str:
        """As `model`, of the one that the ads of that taxonomy are embedded by."""
        return self._alias.model_for(taxonomy)

    def payloads(self) -> dict[str, dict[str, Any]]:
        """What is stored of each ad, obsolete ones among them, by point id and without vectors."""
        name = self._alias.target()
        records = self._alias.records(name, with_vectors=False) if name else ()
        return {str(record.id): record.payload or {} for record in records}

    def sources(self) -> list[LabelledSource]:
        """Where the ads came from, by name."""
        return sources_of(self.payloads().values())

    def remove(self, source: str, ids: Sequence[str] | None = None) -> int:
        """Delete the ads of `source`, or those of them with these ids; how many there were."""
        name = self._alias.target()
        if name is None:
            return 0
        match = models.MatchValue(value=source)
        must: list[models.Condition] = [models.FieldCondition(key="source", match=match)]
        if ids is not None:
            points = [labelled_point_id(source, ad_id) for ad_id in ids]
            must.append(models.HasIdCondition(has_id=list(points)))
        where = models.Filter(must=must)
        count = self._alias.count(name, where)
        if count:
            with self._alias.changing(name):
                self._alias.remove(name, where)
        return count

    def fit(self) -> LearnedFit | None:
        """What is fitted on these ads; None when nothing is. Another model begins without."""
        name = self._alias.target()
        return labelled_in_use(name, 0, self._alias.metadata(name)).fit if name else None

    def set_fit(self, fit: LearnedFit | None) -> None:
        """Store it with the ads, to four decimals, instead of the one before."""
        notes = {FIT: fit.as_dict()} if fit else {}
        # As text, for servers may merge objects.
        self._alias.set_metadata(self._alias.require_target(), **{NOTES: json.dumps(notes)})

    def texts_of_another_model(self, taxonomy: CollectionMetadata) -> list[str]:
        """The texts that `carry_over` to that taxonomy would embed again."""
        return texts_of_another_model(self._alias, taxonomy)

    def carry_over(self, taxonomy: CollectionMetadata, groups: Groups, embed: Embed) -> CarriedOver:
        """Bring the ads to a new taxonomy with these groups; what is up to date stays as it is.

        `embed` is asked when the model is another.
        """
        return carry_over(self._alias, taxonomy, groups, embed)
