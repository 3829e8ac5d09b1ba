"""A leaf as a point of Qdrant and back: id, payload, named vectors."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isco.core.errors import InputError
from isco.core.records import Concept, GroupNote, Kind
from isco.core.sparse_rows import Row

if TYPE_CHECKING:
    from qdrant_client import models

# Fewer tell no float32 between -1 and 1 from its neighbours; more are as long as all of them.
_DECIMALS = range(6, 13)
DENSE, LABELS, LEXICAL, HEAD, WORDS = "dense", "labels", "lexical", "head", "words"


@dataclass(frozen=True)
class IndexedConcept:
    """A leaf with its vectors.

    `dense`: its document, shape (dimension,). `labels`: its names one by one, shape
    (names, dimension), in the order of `leaf.searched_names`, or one for all of them. `lexical`:
    character n-grams of its labels as (indices, values), indices ascending. On one point of each
    code and language, and None on the others: `head`, the linear head's weights for the code, then
    its bias, shape (dimension + 1,); `words`, the words of all that is said of the code, as
    (indices, values).
    """

    leaf: Concept
    dense: NDArray[np.float32]
    labels: NDArray[np.float32]
    lexical: Row
    head: NDArray[np.float32] | None = None
    words: Row | None = None


def point_id(uri: str, language: str | None = None) -> str:
    """The point's id, the same at every ingest: the version 5 UUID of the concept's URI.

    In a `language` that is not the taxonomy's main one, of the URI with "#" and the language.
    """
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{uri}#{language}" if language else uri))


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
        "main_label": leaf.main_label,
        "everyday_names": list(leaf.everyday_names),
        "listed_names": {name: list(titles) for name, titles in leaf.listed_names},
        "notation": leaf.notation,
        "notes": [{**asdict(note), "excludes": list(note.excludes)} for note in leaf.notes],
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
        main_label=payload.get("main_label", payload["label"]),
        everyday_names=tuple(payload.get("everyday_names", ())),
        listed_names=tuple(
            (name, tuple(titles)) for name, titles in payload.get("listed_names", {}).items()
        ),
        notation=payload.get("notation", ""),
        notes=tuple(
            GroupNote(**{**note, "excludes": tuple(note["excludes"])})
            for note in payload.get("notes", ())
        ),
    )


def checked(item: IndexedConcept, dimension: int) -> IndexedConcept:
    """The same leaf. Raises InputError, naming it, when one of its vectors is not of that size, or
    has numbers that are none: over gRPC a server would store them without a word."""
    leaf = item.leaf
    named = f"{leaf.label!r} ({leaf.uri})"
    require_vector(DENSE, item.dense, (dimension,), named)
    names = 1 if len(item.labels) == 1 else len(leaf.searched_names)
    require_vector(LABELS, item.labels, (names, dimension), named)
    if item.head is not None:
        require_vector(HEAD, item.head, (dimension + 1,), named)
    for using, row in ((LEXICAL, item.lexical), (WORDS, item.words)):
        if row is not None:
            require_vector(using, row[1], row[0].shape, named)
    return item


def require_vector(
    using: str, vector: NDArray[np.floating[Any]], shape: tuple[int, ...], named: str
) -> None:
    """Raise InputError for a vector of another shape, or that is not finite; `named` is whose."""
    wrong = None
    if vector.shape != shape:
        wrong = f"has the shape {vector.shape} instead of {shape}"
    elif not np.isfinite(vector).all():
        wrong = "is not finite"
    if wrong:
        raise InputError(f"the vector {using!r} of {named} {wrong}: check the embedding model")


def to_point(
    item: IndexedConcept, main_language: str, in_short: bool = False
) -> "models.PointStruct":
    """An indexed leaf as Qdrant's point, of a taxonomy with that main language.

    `in_short` its numbers take two thirds of the room as JSON, and are the same float32.
    """
    from qdrant_client import models

    listed: Callable[[NDArray[np.float32]], Any] = shortest if in_short else _whole
    vectors: dict[str, Any] = {
        DENSE: listed(item.dense),
        LABELS: listed(item.labels),
        LEXICAL: _to_sparse(item.lexical, listed),
    }
    if item.head is not None:
        vectors[HEAD] = listed(item.head)
    if item.words is not None:
        vectors[WORDS] = _to_sparse(item.words, listed)
    language = item.leaf.language
    return models.PointStruct(
        id=point_id(item.leaf.uri, None if language == main_language else language),
        vector=vectors,
        payload=payload_of(item.leaf),
    )


def from_record(record: "models.Record") -> IndexedConcept:
    """The inverse of `to_point`, for a record read with payload and vectors."""
    vectors: Any = record.vector
    return indexed_of(record.payload or {}, vectors)


def indexed_of(payload: dict[str, Any], vectors: Mapping[str, Any]) -> IndexedConcept:
    """An indexed leaf of a point's payload and named vectors, as the client or JSON has them."""
    return IndexedConcept(
        leaf=concept_of(payload),
        dense=np.asarray(vectors[DENSE], dtype=np.float32),
        labels=np.asarray(vectors[LABELS], dtype=np.float32),
        lexical=_from_sparse(vectors[LEXICAL]),
        head=np.asarray(vectors[HEAD], dtype=np.float32) if HEAD in vectors else None,
        words=_from_sparse(vectors[WORDS]) if WORDS in vectors else None,
    )


def shortest(vector: NDArray[np.floating[Any]]) -> Any:
    """The numbers as nested lists, each with the fewest decimals that make the same float32."""
    exact, meant = vector.astype(np.float64), vector.astype(np.float32)
    told, left = exact.copy(), np.ones(exact.shape, dtype=bool)
    for decimals in _DECIMALS:
        rounded = np.round(exact, decimals)
        fits = left & (rounded.astype(np.float32) == meant)
        told[fits] = rounded[fits]
        left &= ~fits
    return told.tolist()


def _whole(vector: NDArray[np.floating[Any]]) -> Any:
    return vector.tolist()


def _to_sparse(vector: Row, listed: Callable[[NDArray[np.float32]], Any]) -> "models.SparseVector":
    from qdrant_client import models

    indices, values = vector
    return models.SparseVector(indices=indices.tolist(), values=listed(values))


def _from_sparse(vector: "models.SparseVector | dict[str, Any]") -> Row:
    said = vector if isinstance(vector, dict) else vars(vector)
    indices = np.asarray(said["indices"], dtype=np.int64)
    order = np.argsort(indices)
    return indices[order], np.asarray(said["values"], dtype=np.float32)[order]
