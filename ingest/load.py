"""A source into Qdrant: read, check, embed what is new, build aside, verify, swap in."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from ingest.documents import check_template, document_text, searchable_leaves
from ingest.sources import SourceTaxonomy, read_source
from ingest.taxonomy import UNIT_GROUP_COUNT, Taxonomy, build_taxonomy
from isco import lexical
from isco.config import EmbeddingSettings, Settings
from isco.embedding.base import Embedder
from isco.embedding.cache import CachedVectors, EmbeddingCache, embedding_options
from isco.errors import TaxonomyError
from isco.records import Leaf
from isco.store import CollectionMetadata, IndexedLeaf, OccupationStore


class Progress(Protocol):
    """Told of each stage's size at its start, then of what is done."""

    def start(self, stage: str, total: int) -> None:
        """A stage begins: "embed names", "embed descriptions", "upload"."""
        ...

    def advance(self, done: int) -> None:
        """`done` more of the stage's items are finished."""
        ...


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What an ingest did. `points` counts all searchable concepts, `leaves` those that are leaves
    of the taxonomy; `codes` the unit groups reached; `embedded` and `reused` distinct texts."""

    taxonomy: str
    points: int
    leaves: int
    labels: int
    codes: int
    embedded: int
    reused: int
    seconds: float
    collection: str
    unchanged: bool
    warnings: Mapping[str, int]
    notice: str | None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {**asdict(self), "warnings": dict(self.warnings), "seconds": round(self.seconds, 2)}


def ingest(
    settings: Settings,
    source: str,
    open_embedder: Callable[[EmbeddingSettings], Embedder],
    progress: Progress,
    force: bool = False,
) -> IngestSummary:
    """Load `source` into Qdrant and put it into use.

    When the collection in use was made from the same source by the same model, template and
    software schema, nothing is done unless `force` asks for it. Raises ConfigError, InputError or
    TaxonomyError for a source that can't be used, UnavailableError when Qdrant or the model can't;
    the collection in use is then still the old one.
    """
    started = time.perf_counter()
    check_template(settings.taxonomy.document)
    taxonomy = build_taxonomy(read_source(source, settings.taxonomy.language))
    leaves = searchable_leaves(taxonomy)
    require_all_codes(taxonomy, leaves)
    embedder = open_embedder(settings.embedding)
    metadata = describe(taxonomy, leaves, embedder, settings)
    names = [label for leaf in leaves for label in leaf.labels]
    documents = [document_text(leaf, settings.taxonomy.document) for leaf in leaves]
    with OccupationStore(settings) as store:
        active = store.active()
        unchanged = bool(active and active.metadata == metadata and active.state == "ready")
        if active and unchanged and active.points == metadata.points and not force:
            embedded, reused = 0, len(set(names)) + len(set(documents))
            collection = active.name
        else:
            unchanged = False
            with EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache:
                progress.start("embed names", len(set(names)))
                name_vectors = cache.embed_queries(names, progress.advance)
                progress.start("embed descriptions", len(set(documents)))
                document_vectors = cache.embed_documents(documents, progress.advance)
            embedded = name_vectors.embedded + document_vectors.embedded
            reused = name_vectors.reused + document_vectors.reused
            progress.start("upload", len(leaves))
            indexed = _indexed(leaves, name_vectors, document_vectors)
            collection = store.build(metadata, indexed, progress.advance)
    return IngestSummary(
        taxonomy=metadata.taxonomy_name,
        points=metadata.points,
        leaves=metadata.leaves,
        labels=metadata.labels,
        codes=metadata.codes,
        embedded=embedded,
        reused=reused,
        seconds=time.perf_counter() - started,
        collection=collection,
        unchanged=unchanged,
        warnings=taxonomy.warnings,
        notice=taxonomy.source.notice,
    )


def require_all_codes(taxonomy: Taxonomy, leaves: Sequence[Leaf]) -> None:
    """Raise TaxonomyError, naming them, when unit groups could never be predicted."""
    reached = {leaf.isco_code for leaf in leaves}
    lost = sorted(
        group.isco_code for group in taxonomy.unit_groups() if group.isco_code not in reached
    )
    if lost or len(reached) != UNIT_GROUP_COUNT:
        raise TaxonomyError(f"unit groups that no leaf leads to: {', '.join(lost)}")


def describe(
    taxonomy: Taxonomy, leaves: Sequence[Leaf], embedder: Embedder, settings: Settings
) -> CollectionMetadata:
    """The metadata of the collection that `leaves` will become."""
    source: SourceTaxonomy = taxonomy.source
    return CollectionMetadata(
        taxonomy=source.name,
        taxonomy_version=source.version,
        language=source.language,
        model=embedder.name,
        model_revision=embedder.revision,
        dimension=embedder.dimension,
        embedding_options=embedding_options(settings.embedding),
        document_template=settings.taxonomy.document,
        source_checksum=source.checksum,
        points=len(leaves),
        leaves=len(taxonomy.leaves()),
        labels=sum(len(leaf.labels) for leaf in leaves),
        codes=len({leaf.isco_code for leaf in leaves}),
        notice=source.notice,
    )


def _indexed(
    leaves: Sequence[Leaf], names: CachedVectors, documents: CachedVectors
) -> Iterator[IndexedLeaf]:
    """Leaves with their vectors; `names` holds the labels of all leaves, one after another."""
    sparse = lexical.document_vectors([leaf.labels for leaf in leaves])
    start = 0
    for row, leaf in enumerate(leaves):
        end = start + len(leaf.labels)
        low, high = sparse.indptr[row], sparse.indptr[row + 1]
        yield IndexedLeaf(
            leaf=leaf,
            dense=documents.vectors[row],
            labels=names.vectors[start:end],
            lexical=(sparse.indices[low:high].astype(np.int64), sparse.data[low:high]),
        )
        start = end
