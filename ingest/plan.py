"""What an ingest would load: a source read, checked, and made into searchable concepts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, compress

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.base import Embedder
from isco.core.embedding.vector_cache import embedding_options
from isco.core.errors import TaxonomyError
from isco.core.progress import Progress
from isco.core.records import LANGUAGE_SEPARATOR, Concept
from isco.core.settings import Settings
from isco.core.store import CollectionInfo, CollectionMetadata, OccupationStore
from isco.ingest.changes import Changes, compare, listed_counts
from isco.ingest.documents import (
    check_template,
    compared_names,
    document_text,
    searchable_leaves,
)
from isco.ingest.sources import (
    API,
    EVERYDAY_LANGUAGES,
    STARTER,
    SourceTaxonomy,
    everyday_languages,
    everyday_names,
    read_esco_api,
    read_names,
    read_source,
    with_everyday_names,
    with_names,
)
from isco.ingest.taxonomy import UNIT_GROUP_COUNT, Taxonomy, build_taxonomy


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
        chosen = None if wanted.everyday_languages == "auto" else wanted.everyday_languages
        languages = dict.fromkeys((*read.languages, *everyday_languages(chosen)))
        read = with_everyday_names(read, everyday_names(tuple(languages)))
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
        labels=sum(len(leaf.labels) for leaf in leaves if leaf.language in source.languages),
        codes=len({leaf.isco_code for leaf in leaves}),
        ad_centre=centre,
        notice=source.notice,
        lists=listed_counts(leaves),
        embed=settings.taxonomy.embed,
        everyday_names=sum(len(leaf.searched_names) - len(leaf.labels) for leaf in leaves),
        everyday_languages=_everyday_languages(taxonomy, leaves),
        notes=sum(len(leaf.notes) for leaf in leaves),
    )


def _everyday_languages(taxonomy: Taxonomy, leaves: Sequence[Concept]) -> tuple[str, ...]:
    """Those in which there are unit groups alone, with what these are called every day."""
    occupied = {leaf.language for leaf in leaves if leaf.uri in taxonomy.occupations}
    return tuple(dict.fromkeys(leaf.language for leaf in leaves if leaf.language not in occupied))


def _texts(leaves: Sequence[Concept], embed: str, documents: Sequence[str]) -> set[str]:
    """The distinct texts that are embedded; a name and a document that are alike are two."""
    names = {f"name: {name}" for leaf in leaves for name in compared_names(leaf, embed)}
    return names | {f"document: {text}" for text in documents}


def document_vectors(
    plan: Plan, names: NDArray[np.float32], documents: NDArray[np.float32]
) -> NDArray[np.float32]:
    """One vector a leaf: of its document, or of its first name where none is embedded."""
    first = np.cumsum([0, *plan.counts])[:-1]
    vectors: NDArray[np.float32] = names[first]
    vectors[plan.described] = documents
    return vectors
