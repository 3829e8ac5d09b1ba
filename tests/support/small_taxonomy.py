"""A taxonomy of four leaves in Qdrant, embedded by the double."""

from collections.abc import Sequence

from isco.core import ESCO_NOTICE
from isco.core.lexical import document_vectors
from isco.core.records import Concept
from isco.core.settings import Settings
from isco.core.store import CollectionMetadata, IndexedConcept, OccupationStore
from tests.support.doubles import HashingEmbedder, make_concept

LEAVES = [
    make_concept("5120", "cook", "chef"),
    make_concept("7512", "baker", "pastry baker"),
    make_concept("8332", "truck driver", "lorry driver"),
    make_concept("2221", "nurse", "ward nurse"),
]


def load(
    settings: Settings,
    embedder: HashingEmbedder,
    leaves: Sequence[Concept] = LEAVES,
    language: str = "en",
) -> None:
    """Put `leaves` into use, as ESCO v1.2.1 in English, or other languages."""
    grams = document_vectors([leaf.labels for leaf in leaves])
    points = [
        IndexedConcept(
            leaf,
            dense=embedder.embed_documents([f"{leaf.label} {leaf.description}"])[0],
            labels=embedder.embed_queries(leaf.labels),
            lexical=grams.row(row),
        )
        for row, leaf in enumerate(leaves)
    ]
    metadata = CollectionMetadata(
        taxonomy="ESCO",
        taxonomy_version="v1.2.1",
        language=language,
        model=embedder.name,
        model_revision=embedder.revision,
        dimension=embedder.dimension,
        embedding_options={},
        document_template="{label} {description}",
        source_checksum="0",
        points=len(leaves),
        leaves=len(leaves),
        labels=sum(len(leaf.labels) for leaf in leaves),
        codes=len(leaves),
        notice=ESCO_NOTICE,
    )
    with OccupationStore(settings) as store:
        store.build(metadata, points)
