"""A source into Qdrant: read, check, embed what is new, build aside, verify, swap in."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from isco.core.embedding.base import Embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.errors import AtWorkError
from isco.core.progress import Progress
from isco.core.settings import EmbeddingSettings, Settings
from isco.core.store import (
    CollectionInfo,
    CollectionMetadata,
    Groups,
    OccupationStore,
    nothing_stored,
)
from isco.core.store.metadata import READY
from isco.ingest.changes import Changes
from isco.ingest.documents import group_tasks
from isco.ingest.indexing import indexed
from isco.ingest.plan import Plan, describe, document_vectors, prepare
from isco.ingest.reference_ads import ad_centre
from isco.ingest.summary import DryRun, IngestSummary
from isco.ingest.taking_turns import clear_leftovers
from isco.ingest.vector_checks import require_finite, require_room_for_names


@dataclass(frozen=True, slots=True)
class _Build:
    """The collection that the taxonomy is in, and how many texts were embedded for it or not."""

    collection: str
    embedded: int
    reused: int


def ingest(
    settings: Settings,
    source: str | Sequence[str],
    open_embedder: Callable[[EmbeddingSettings], Embedder],
    progress: Progress,
    force: bool = False,
    wait: bool = False,
    keep: Callable[[OccupationStore], None] | None = None,
) -> IngestSummary:
    """Load `source` into Qdrant and put it into use; last, `keep` is given the store.

    When the collection in use was made from the same source by the same model, template and
    software schema, nothing is done unless `force` asks for it. Labelled ads are carried over in
    either case, after the taxonomy is in use: what a killed ingest left of that is done by the
    next. While another ingest is building, this one may `wait` for it to end.

    Raises ConfigError, InputError or TaxonomyError for a source that can't be used,
    UnavailableError when Qdrant or the model can't, AtWorkError, one of them, when another ingest
    is building and this one does not wait; the collection in use is then still the old
    one.
    """
    started = time.perf_counter()
    plan = prepare(settings, source, progress)
    embedder = open_embedder(settings.embedding)
    with (
        EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache,
        OccupationStore(settings) as store,
    ):
        clear_leftovers(store, wait, progress)
        centre = ad_centre(cache)
        metadata = describe(plan.taxonomy, plan.leaves, embedder, settings, centre)
        while True:
            active = store.active()
            changes = plan.changes(store, active)
            unchanged = not force and active is not None and _holds(active, metadata)
            if active and unchanged:
                build = _Build(active.name, embedded=0, reused=plan.distinct_texts)
                store.prune()
                break
            try:
                build = _build(store, cache, plan, metadata, progress)
                break
            except AtWorkError:
                if not wait:
                    raise
            clear_leftovers(store, wait, progress)
        labelled = store.labelled().carry_over(
            metadata,
            Groups.of(plan.leaves),
            lambda texts: cache.embed_queries(texts).vectors,
        )
        if keep:
            keep(store)
    return IngestSummary(
        taxonomy=metadata.taxonomy_name,
        points=metadata.points,
        leaves=metadata.leaves,
        labels=metadata.labels,
        codes=metadata.codes,
        embedded=build.embedded,
        reused=build.reused,
        seconds=time.perf_counter() - started,
        collection=build.collection,
        unchanged=unchanged,
        warnings=plan.taxonomy.warnings,
        notice=plan.taxonomy.source.notice,
        lists=plan.taxonomy.source.lists,
        changes=changes,
        labelled=labelled,
    )


def _holds(active: CollectionInfo, metadata: CollectionMetadata) -> bool:
    """Whether the collection in use is what would be built."""
    return (
        active.metadata == metadata and active.state == READY and active.points == metadata.points
    )


def _build(
    store: OccupationStore,
    cache: EmbeddingCache,
    plan: Plan,
    metadata: CollectionMetadata,
    progress: Progress,
) -> _Build:
    """Embed what is new, build the collection and put it into use."""
    if store.on_server:
        require_room_for_names(plan.leaves, metadata.dimension)
    progress.start("embed names", len(set(plan.names)))
    names = cache.embed_queries(plan.names, progress.advance)
    progress.start("embed descriptions", len(set(plan.embedded_documents)))
    documents = cache.embed_documents(plan.embedded_documents, progress.advance)
    # Here already, so that searches need not wait for it between the two switches.
    labelled_texts = store.labelled().texts_of_another_model(metadata)
    if labelled_texts:
        progress.start("embed labelled ads", len(set(labelled_texts)))
        cache.embed_queries(labelled_texts, progress.advance)
    progress.start("upload", len(plan.leaves))
    tasks = group_tasks(plan.taxonomy)
    of_leaves = document_vectors(plan, names.vectors, documents.vectors)
    require_finite(plan.leaves, names.vectors, plan.counts, of_leaves)
    points = indexed(plan.leaves, names.vectors, plan.counts, of_leaves, tasks)
    collection = store.build(metadata, points, progress.advance)
    return _Build(
        collection,
        embedded=names.embedded + documents.embedded,
        reused=names.reused + documents.reused,
    )


def dry_run(
    settings: Settings, source: str | Sequence[str], progress: Progress | None = None
) -> DryRun:
    """What `ingest` would load, and what that would change. No model is needed, nothing written
    but answers of ESCO's web service, which are kept so that the ingest need not ask again.

    Raises what `ingest` raises for the source, and UnavailableError when Qdrant can't be reached.
    """
    plan = prepare(settings, source, progress)
    active: CollectionInfo | None = None
    changes: Changes | None = None
    if not nothing_stored(settings):
        with OccupationStore(settings, reads_only=True) as store:
            active = store.active()
            changes = plan.changes(store, active)
    return DryRun(
        taxonomy=plan.title,
        points=len(plan.leaves),
        leaves=len(plan.taxonomy.leaves()),
        labels=sum(len(leaf.labels) for leaf in plan.leaves),
        codes=len({leaf.isco_code for leaf in plan.leaves}),
        warnings=plan.taxonomy.warnings,
        notice=plan.taxonomy.source.notice,
        lists=plan.taxonomy.source.lists,
        in_use=active.name if active else None,
        changes=changes,
    )
