"""A leaf as a point of Qdrant and back: id, payload, named vectors."""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isco.core.records import Concept, Kind

if TYPE_CHECKING:
    from qdrant_client import models

DENSE, LABELS, LEXICAL, HEAD = "dense", "labels", "lexical", "head"


@dataclass(frozen=True)
class IndexedConcept:
    """A leaf with its vectors.

    `dense`: its document, shape (dimension,). `labels`: its names one by one, shape
    (names, dimension), in the order of `leaf.labels`. `lexical`: character n-grams of its names
    as (indices, values), indices ascending. `head`: the linear head's weights for the code, then
    its bias, shape (dimension + 1,), on one point of each code and None on the others.
    """

    leaf: Concept
    dense: NDArray[np.float32]
    labels: NDArray[np.float32]
    lexical: tuple[NDArray[np.int64], NDArray[np.float32]]
    head: NDArray[np.float32] | None = None


def point_id(uri: str) -> str:
    """The point's id: the version 5 UUID of the concept's URI. The same at every ingest."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, uri))


def payload_of(leaf: Concept) -> dict[str, Any]:
    """What people see in the dashboard, in the order in which it reads well."""
    return {
        "label": leaf.label,
        "isco_code": leaf.isco_code,
        "isco_label": leaf.isco_label,
        "isco_major": leaf.isco_major,
        "isco_sub_major": leaf.isco_sub_major,
        "isco_minor": leaf.isco_minor,
        "uri": leaf.uri,
        "alt_labels": list(leaf.alt_labels),
        "description": leaf.description,
        "language": leaf.language,
        "taxonomy_version": leaf.taxonomy_version,
        "kind": str(leaf.kind),
        "essential_skills": list(leaf.essential_skills),
        "optional_skills": list(leaf.optional_skills),
        "further_labels": list(leaf.further_labels),
    }


def concept_of(payload: dict[str, Any]) -> Concept:
    """The inverse of `payload_of`; keys of others are left alone."""
    return Concept(
        uri=payload["uri"],
        label=payload["label"],
        isco_code=payload["isco_code"],
        isco_label=payload["isco_label"],
        isco_major=payload["isco_major"],
        isco_sub_major=payload["isco_sub_major"],
        isco_minor=payload["isco_minor"],
        alt_labels=tuple(payload["alt_labels"]),
        description=payload["description"],
        language=payload["language"],
        taxonomy_version=payload["taxonomy_version"],
        kind=Kind(payload["kind"]),
        # Collections of earlier releases know no skills, and one language alone.
        essential_skills=tuple(payload.get("essential_skills", ())),
        optional_skills=tuple(payload.get("optional_skills", ())),
        further_labels=tuple(payload.get("further_labels", ())),
    )


def to_point(item: IndexedConcept) -> "models.PointStruct":
    """An indexed leaf as Qdrant's point."""
    from qdrant_client import models

    indices, values = item.lexical
    vectors: dict[str, Any] = {
        DENSE: item.dense.tolist(),
        LABELS: item.labels.tolist(),
        LEXICAL: models.SparseVector(indices=indices.tolist(), values=values.tolist()),
    }
    if item.head is not None:
        vectors[HEAD] = item.head.tolist()
    return models.PointStruct(
        id=point_id(item.leaf.uri), vector=vectors, payload=payload_of(item.leaf)
    )


def from_record(record: "models.Record") -> IndexedConcept:
    """The inverse of `to_point`, for a record read with payload and vectors."""
    vectors: Any = record.vector
    lexical = vectors[LEXICAL]
    indices = np.asarray(lexical.indices, dtype=np.int64)
    order = np.argsort(indices)
    return IndexedConcept(
        leaf=concept_of(record.payload or {}),
        dense=np.asarray(vectors[DENSE], dtype=np.float32),
        labels=np.asarray(vectors[LABELS], dtype=np.float32),
        lexical=(indices[order], np.asarray(lexical.values, dtype=np.float32)[order]),
        head=np.asarray(vectors[HEAD], dtype=np.float32) if HEAD in vectors else None,
    )
