"""What is kept of Qdrant's points as plain JSON and arrays, and back. Pure."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from isco.core.array_folder import Arrays, Content
from isco.core.store import LabelledAd
from isco.core.store.points import concept_of, payload_of
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.inverted_index import InvertedIndex
from isco.retriever.searching.name_vectors import NameVectors

_VECTOR = "vector"
_NAMES = "names"


def parts_of_labelled(ads: Sequence[LabelledAd]) -> tuple[Content, Arrays]:
    """Labelled ads, in their order, with their vectors as one array where there are any."""
    arrays: Arrays = {"vectors": np.stack([ad.vector for ad in ads])} if ads else {}
    return {"ads": [_without_vector(ad) for ad in ads]}, arrays


def labelled_of(content: Content, arrays: Arrays) -> tuple[LabelledAd, ...]:
    """The inverse of `parts_of_labelled`."""
    return tuple(
        LabelledAd(**values, vector=arrays["vectors"][row])
        for row, values in enumerate(content["ads"])
    )


def _without_vector(ad: LabelledAd) -> dict[str, Any]:
    return {f.name: getattr(ad, f.name) for f in fields(ad) if f.name != _VECTOR}


def parts_of_index(index: ConceptIndex) -> tuple[Content, Arrays]:
    """The index of one language, none of its arrays empty."""
    arrays: Arrays = {
        "dense": index.dense,
        **{f"{_NAMES}_{f.name}": getattr(index.names, f.name) for f in fields(NameVectors)},
        "code_row": index.code_row,
        **_parts_of_rows("lexical", index.lexical),
    }
    if index.classifier is not None:
        arrays["classifier"] = index.classifier
    if index.words is not None:
        arrays |= _parts_of_rows("words", index.words)
    content = {
        "concepts": [payload_of(concept) for concept in index.concepts],
        "titles": dict(index.titles),
    }
    return content, arrays


def index_of(content: Content, arrays: Arrays) -> ConceptIndex:
    """The inverse of `parts_of_index`."""
    codes = int(arrays["code_row"][-1]) + 1
    return ConceptIndex(
        concepts=tuple(concept_of(payload) for payload in content["concepts"]),
        dense=arrays["dense"],
        names=NameVectors(**{f.name: arrays[f"{_NAMES}_{f.name}"] for f in fields(NameVectors)}),
        lexical=_rows_of("lexical", arrays, len(content["concepts"])),
        code_row=arrays["code_row"],
        classifier=arrays.get("classifier"),
        words=_rows_of("words", arrays, codes) if "words_values" in arrays else None,
        titles=content["titles"],
    )


def _parts_of_rows(name: str, rows: InvertedIndex) -> Arrays:
    return {
        f"{name}_columns": rows.columns,
        f"{name}_ends": rows.ends,
        f"{name}_rows": rows.rows,
        f"{name}_values": rows.values,
    }


def _rows_of(name: str, arrays: Arrays, size: int) -> InvertedIndex:
    return InvertedIndex(
        arrays[f"{name}_columns"],
        arrays[f"{name}_ends"],
        arrays[f"{name}_rows"],
        arrays[f"{name}_values"],
        size,
    )
