"""A source into Qdrant: read, check, embed what is new, build aside, verify, swap in."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, compress

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.base import Embedder
from isco.core.embedding.vector_cache import EmbeddingCache, embedding_options
from isco.core.errors import AtWorkError, TaxonomyError
from isco.core.progress import Progress
from isco.core.records import LANGUAGE_SEPARATOR, Concept
from isco.core.settings import EmbeddingSettings, Settings
from isco.core.store import (
    CollectionInfo,
    CollectionMetadata,
    Groups,
    OccupationStore,
    nothing_stored,
)
from isco.core.store.metadata import READY
from isco.ingest.changes import Changes, compare, listed_counts
from isco.ingest.documents import (
    check_template,
    compared_names,
    document_text,
    group_tasks,
    searchable_leaves,
)
from isco.ingest.indexing import indexed
from isco.ingest.reference_ads import ad_centre
from isco.ingest.sources import (
    API,
    EVERYDAY_LANGUAGES,
    STARTER,
    SourceTaxonomy,
    everyday_names,
    read_esco_api,
    read_names,
    read_source,
    with_everyday_names,
    with_names,
)
from isco.ingest.summary import DryRun, IngestSummary
from isco.ingest.taking_turns import clear_leftovers
from isco.ingest.taxonomy import UNIT_GROUP_COUNT, Taxonomy, build_taxonomy
from isco.ingest.vector_checks import require_finite, require_room_for_names


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest would load: the checked taxonomy and its searchable concepts, language by
    language.

    `names` are the embedded names of all leaves, one after another, and `counts` how many each has;
    `documents` one text a leaf. In a language that describes nothing, a leaf's document would be
    its name: none is embedded there, nor where main labels alone are.
    """

    taxonomy: Taxonomy
    leaves: Sequence[Concept]
    names: Sequence[str]
    counts: Sequence[int]
    documents: Sequence[str]
    embed: str = "all"

    @property
    def title(self) -> str:
        """ "ESCO v1.2.1 en"."""
        source = self.taxonomy.source
        return f"{source.name} {source.version} {LANGUAGE_SEPARATOR.join(source.languages)}"

    @property
    def distinct_texts(self) -> int:
        """How many texts there are to embed, each name and each document once."""
        return len(set(self.names)) + len(set(self.embedded_documents))

    @property
    def described(self) -> list[bool]:
        """Whether each leaf's document is embedded: in a language that describes its concepts."""
        described = (leaf.language for leaf in self.leaves if leaf.description)
        languages = set(described) if self.embed == "all" else set()
        return [leaf.language in languages for leaf in self.leaves]

    @property
    def embedded_documents(self) -> list[str]:
        """Those of the leaves that are described."""
        return list(compress(self.documents, self.described))

    def changes(self, store: OccupationStore, active: CollectionInfo | None) -> Changes | None:
        """Against the collection in use; None when there is none that can be read."""
        if active is None or active.metadata is None:
            return None
        old = store.read_concepts(active.name)
        template, embed = active.metadata.document_template, active.metadata.embed
        documents = [document_text(leaf, template) for leaf in old] if embed == "all" else []
        return compare(
            active.metadata.taxonomy_name,
            self.title,
            active.metadata.languages,
            self.taxonomy.source.languages,
            old,
            self.leaves,
            _texts(old, embed, documents),
            _texts(self.leaves, self.embed, self.embedded_documents),
        )


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
) -> IngestSummary:
    """Load `source` into Qdrant and put it into use.

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


def document_vectors(
    plan: Plan, names: NDArray[np.float32], documents: NDArray[np.float32]
) -> NDArray[np.float32]:
    """One vector a leaf: of its document, or of its first name where none is embedded."""
    first = np.cumsum([0, *plan.counts])[:-1]
    vectors: NDArray[np.float32] = names[first]
    vectors[plan.described] = documents
    return vectors


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


def prepare(
    settings: Settings, source: str | Sequence[str], progress: Progress | None = None
) -> Plan:
    """Read `source`, check it, and make its searchable concepts."""
    check_template(settings.taxonomy.document)
    taxonomy = build_taxonomy(_read(settings, source, progress))
    leaves = searchable_leaves(taxonomy)
    require_all_codes(taxonomy, leaves)
    embed = settings.taxonomy.embed
    names = [compared_names(leaf, embed) for leaf in leaves]
    return Plan(
        taxonomy=taxonomy,
        leaves=leaves,
        names=list(chain.from_iterable(names)),
        counts=list(map(len, names)),
        embed=embed,
        documents=[document_text(leaf, settings.taxonomy.document) for leaf in leaves],
    )


def _read(
    settings: Settings, source: str | Sequence[str], progress: Progress | None
) -> SourceTaxonomy:
    """The source in its languages, with the names that are kept beside it."""
    wanted = settings.taxonomy
    sources = [source] if isinstance(source, str) else list(source)
    if sources == [API]:
        kept = settings.api_answers_path
        read = read_esco_api(settings.esco_api, *wanted.languages, kept=kept, progress=progress)
    else:
        without = EVERYDAY_LANGUAGES if wanted.everyday_names else ()
        read = read_source(sources, *wanted.languages, without=without, version=wanted.version)
    if wanted.everyday_names and sources != [STARTER]:
        read = with_everyday_names(read, everyday_names(read.languages))
    for listed in wanted.names:
        read = with_names(read, read_names(listed), listed.called, wanted.prefer)
    return read


def require_all_codes(taxonomy: Taxonomy, leaves: Sequence[Concept]) -> None:
    """Raise TaxonomyError, naming them, when unit groups could never be predicted."""
    reached = {leaf.isco_code for leaf in leaves}
    lost = sorted(
        group.isco_code for group in taxonomy.unit_groups() if group.isco_code not in reached
    )
    if lost or len(reached) != UNIT_GROUP_COUNT:
        raise TaxonomyError(f"unit groups that no leaf leads to: {', '.join(lost)}")


def describe(
    taxonomy: Taxonomy,
    leaves: Sequence[Concept],
    embedder: Embedder,
    settings: Settings,
    centre: tuple[float, ...],
) -> CollectionMetadata:
    """The metadata of the collection that `leaves` will become."""
    source: SourceTaxonomy = taxonomy.source
    return CollectionMetadata(
        taxonomy=source.name,
        taxonomy_version=source.version,
        language=LANGUAGE_SEPARATOR.join(source.languages),
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
        ad_centre=centre,
        notice=source.notice,
        lists=listed_counts(leaves),
        embed=settings.taxonomy.embed,
        everyday_names=sum(len(leaf.searched_names) - len(leaf.labels) for leaf in leaves),
    )


def _texts(leaves: Sequence[Concept], embed: str, documents: Sequence[str]) -> set[str]:
    """The distinct texts that are embedded; a name and a document that are alike are two."""
    names = {f"name: {name}" for leaf in leaves for name in compared_names(leaf, embed)}
    return names | {f"document: {text}" for text in documents}
