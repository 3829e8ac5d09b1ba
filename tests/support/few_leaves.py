"""A handful of leaves with random vectors, and what a collection of them says of itself."""

from dataclasses import replace
from typing import Any

import numpy as np

from isco.core.embedding.base import unit_rows
from isco.core.store import CollectionMetadata, IndexedConcept
from tests.support.doubles import make_concept

DIMENSION = 8

LEAVES_TOLD = (
    ("2512", "software developer", "programmer", "coder"),
    ("2221", "nurse"),
    ("5120", "cook", "chef de partie"),
    ("8322", "taxi driver"),
    ("9112", "office cleaner", "cleaner"),
)


def indexed(code: str, *labels: str) -> IndexedConcept:
    """A leaf with random unit vectors, always the same for the same first label.

    Its code has nothing more: neither head nor words.
    """
    chance = np.random.default_rng(list(labels[0].encode()))
    vectors = unit_rows(
        chance.standard_normal((1 + len(labels), DIMENSION)).astype(np.float32),
    )
    indices = np.sort(chance.choice(2**32 - 1, size=6, replace=False)).astype(np.int64)
    return IndexedConcept(
        leaf=make_concept(code, *labels),
        dense=vectors[0],
        labels=vectors[1:],
        lexical=(indices, chance.random(6, dtype=np.float32) + 0.1),
    )


LEAVES = [indexed(*told) for told in LEAVES_TOLD]
# Two of them in Polish, the first with all that a code can have.
POLISH = [
    replace(
        item,
        leaf=replace(item.leaf, label=label, alt_labels=item.leaf.alt_labels, language="pl"),
        **more,
    )
    for item, label, more in (
        (
            LEAVES[0],
            "programista",
            {
                "head": np.linspace(-1, 1, DIMENSION + 1, dtype=np.float32),
                "words": (np.array([3, 2**22 - 1]), np.array([0.5, 0.25], dtype=np.float32)),
            },
        ),
        (LEAVES[1], "pielęgniarka", {}),
    )
]


def described(points: int = len(LEAVES), **changes: Any) -> CollectionMetadata:
    """What a collection of `LEAVES` says of itself."""
    metadata = CollectionMetadata(
        taxonomy="esco",
        taxonomy_version="v1.2.1",
        language="en",
        model="intfloat/E5_small",
        model_revision="1",
        dimension=DIMENSION,
        embedding_options={"query_prompt": "query: ", "max_tokens": None},
        document_template="{label}. {description}",
        source_checksum="0123abcd",
        points=points,
        leaves=points,
        labels=sum(len(item.leaf.labels) for item in LEAVES),
        codes=len({item.leaf.isco_code for item in LEAVES}),
        notice="This service uses the ESCO classification of the European Commission.",
    )
    return replace(metadata, **changes)
