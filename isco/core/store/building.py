"""Make one collection: create it, fill it, and prove that what was sent has arrived."""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Any

import numpy as np
from qdrant_client import QdrantClient, models

from isco.core.errors import UnavailableError
from isco.core.settings import QdrantSettings
from isco.core.store.builders import RENEWED_EVERY, begin_building
from isco.core.store.collection_info import bookkeeping, moment
from isco.core.store.connection import PatientCaller
from isco.core.store.creating import create_collection
from isco.core.store.exact_search import search_exactly
from isco.core.store.metadata import BUILDING, READY, CollectionMetadata
from isco.core.store.points import (
    DENSE,
    HEAD,
    LABELS,
    LEXICAL,
    WORDS,
    IndexedConcept,
    checked,
    to_point,
)
from isco.core.store.refusals import refusal_of
from isco.core.store.uploading import Uploader

_PROBES = 8
_TOLERANCE = 1e-4
_INDEXED_KEYS = (
    "isco_code", "isco_major", "isco_sub_major", "isco_minor", "uri", "kind", "language",
)  # fmt: skip


class CollectionBuilder:
    """The steps from nothing to a collection in the state `ready`, in the order of the methods."""

    def __init__(
        self,
        client: QdrantClient,
        call: PatientCaller,
        settings: QdrantSettings,
        name: str,
        metadata: CollectionMetadata,
    ) -> None:
        self._client = client
        self._call = call
        self._settings = settings
        self._on_server = settings.mode == "server"
        self._name = name
        self._metadata = metadata
        self._alias = settings.alias
        self._made = moment()
        self._renewed = monotonic()
        self.builder = begin_building(self._made)
        self._probes: list[models.PointStruct] = []

    def create(self) -> None:
        """Make the empty collection in the state `building`."""

        def vectors(**more: Any) -> models.VectorParams:
            size, distance = self._metadata.dimension, models.Distance.COSINE
            return models.VectorParams(size=size, distance=distance, **more)

        # Names are only ever compared one by one and exactly: a graph over them would cost
        # memory and never be asked.
        labels = vectors(
            multivector_config=models.MultiVectorConfig(
                comparator=models.MultiVectorComparator.MAX_SIM
            ),
            hnsw_config=models.HnswConfigDiff(m=0),
        )
        # Asked with a title's vector and a 1 after it, the head scores codes by its logits.
        head = models.VectorParams(
            size=self._metadata.dimension + 1,
            distance=models.Distance.DOT,
            hnsw_config=models.HnswConfigDiff(m=0),
        )
        create_collection(
            self._client,
            self._call,
            self._settings,
            self._name,
            self._settings.shard_number,
            vectors_config={DENSE: vectors(), LABELS: labels, HEAD: head},
            sparse_vectors_config={
                LEXICAL: models.SparseVectorParams(),
                WORDS: models.SparseVectorParams(),
            },
            metadata={
                **bookkeeping(self._name, self._metadata, BUILDING, self._alias, self._made),
                "builder": self.builder.as_dict(),
                "renewed": self._made,
            },
        )
        if self._on_server:
            for key in _INDEXED_KEYS:
                self._call(
                    self._client.create_payload_index,
                    self._name,
                    key,
                    models.PayloadSchemaType.KEYWORD,
                    wait=True,
                )

    def upload(
        self, leaves: Iterable[IndexedConcept], progress: Callable[[int], None] | None
    ) -> None:
        """Send all `leaves`, waiting for each request; `progress` is told of points that arrived.

        Raises InputError, naming it, for a leaf whose vectors are no numbers or of another size.
        """
        main, dimension = self._metadata.languages[0], self._metadata.dimension
        in_short = self._settings.over_rest
        points = (to_point(checked(leaf, dimension), main, in_short) for leaf in leaves)
        for batch in Uploader(self._client, self._call, self._settings, self._name).send(points):
            self._probes.append(batch[0])
            self._renew()
            if progress:
                progress(len(batch))

    def _renew(self) -> None:
        """Say that it is still being built, if that was some time ago."""
        if self._on_server and monotonic() - self._renewed >= RENEWED_EVERY:
            self._renewed = monotonic()
            self._call(self._client.update_collection, self._name, metadata={"renewed": moment()})

    def verify(self) -> None:
        """Count exactly, and find some points by each of their own vectors.

        The embedded Qdrant, whose search goes through all points one by one, is asked for these
        points instead. Raises UnavailableError when the collection is not what was sent.
        """
        count = self._call(self._client.count, self._name, exact=True).count
        if count != self._metadata.points:
            self._refuse(f"holds {count} points instead of {self._metadata.points}")
        probes = self._probes[:: max(1, len(self._probes) // _PROBES)]
        if not self._on_server:
            self._require_stored(probes)
            return
        for point in probes:
            for using in (DENSE, LABELS):
                own, best = self._best_score(point, using, point.id), self._best_score(point, using)
                if own is None or best is None or own < best - _TOLERANCE * max(1, abs(best)):
                    self._refuse(f"does not find {point.id} by its own {using!r}")
            # The n-grams' weights sit on the documents' side alone: a document need not be its
            # own best match, but it must be found.
            if self._best_score(point, LEXICAL, point.id) is None:
                self._refuse(f"does not find {point.id} by its own {LEXICAL!r}")

    def mark_ready(self) -> None:
        """Let the collection say that it is whole."""
        payload = bookkeeping(self._name, self._metadata, READY, self._alias, self._made)
        self._call(self._client.update_collection, self._name, metadata=payload)

    def _require_stored(self, probes: Sequence[models.PointStruct]) -> None:
        ids = [point.id for point in probes]
        found = self._call(
            self._client.retrieve, self._name, ids, with_payload=True, with_vectors=True
        )
        stored = {record.id: record for record in found}
        for point in probes:
            record = stored.get(point.id)
            if record is None or record.payload != point.payload:
                self._refuse(f"does not hold {point.id} as it was sent")
                continue
            sent: Any = point.vector
            kept: Any = record.vector
            for using in (DENSE, LABELS):
                if not np.allclose(kept[using], sent[using], atol=_TOLERANCE):
                    self._refuse(f"does not hold {using!r} of {point.id} as it was sent")

    def _best_score(self, point: models.PointStruct, using: str, only: Any = None) -> float | None:
        """The best score that the point's own vector finds, of all points or of `only` one."""
        vectors: Any = point.vector
        found = search_exactly(
            self._client,
            self._call,
            self._on_server,
            self._name,
            query=vectors[using],
            using=using,
            limit=1,
            query_filter=only and models.Filter(must=[models.HasIdCondition(has_id=[only])]),
            with_payload=False,
        )
        return found[0].score if found else None

    def _refuse(self, problem: str) -> None:
        raise UnavailableError(
            f"the new collection {self._name} {problem}: "
            "the collection in use was left as it is; run isco ingest again"
        )


def is_gone(error: BaseException) -> bool:
    """Whether a step failed because there is no such collection."""
    refusal = refusal_of(error)
    return isinstance(error, UnavailableError) and refusal is not None and refusal.status == 404


def gone(name: str) -> UnavailableError:
    """What happened to a collection that vanished while it was being built."""
    return UnavailableError(
        f"the collection {name}, which this command was building, is gone: somebody has deleted "
        "it; the version in use was left as it was: run isco ingest again"
    )
