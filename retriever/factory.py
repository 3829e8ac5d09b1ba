"""Open a search or a classifier: what is in Qdrant read once, and the stages made of it.

The two halves are apart because many workers can share one reading. What only a classifier needs
is imported when one is made, so that a search waits for none of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from isco.core.embedding.base import Embedder
from isco.core.embedding.identity import ModelIdentity
from isco.core.embedding.recent_vectors import RecentVectors
from isco.core.errors import UnavailableError
from isco.core.settings import Settings
from isco.core.store import CollectionMetadata
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.language_indexes import LanguageIndexes
from isco.retriever.searching.search_data import SearchData
from isco.retriever.searching.searchers import Searchers
from isco.retriever.searching.snapshot import keep_snapshot, load_snapshot, state_to_keep

if TYPE_CHECKING:
    from isco.core.store import OccupationStore
    from isco.retriever.pipeline import Classifier

__all__ = [
    "SearchData",
    "make_classifier",
    "make_searchers",
    "open_classifier",
    "read_search_data",
    "read_store",
]


def read_search_data(settings: Settings, model: Embedder | ModelIdentity) -> SearchData:
    """The collection in use, and the labelled ads that belong to it.

    An embedded Qdrant is left closed when there is a snapshot of its folder as it is now. Raises
    UnavailableError when nothing is ingested or Qdrant can't be reached, ModelMismatchError when
    the collection was built with another embedding model than `model`.
    """

    def accept(metadata: CollectionMetadata) -> None:
        metadata.require_model(model.name, model.revision, model.dimension)

    data = load_snapshot(settings, state_to_keep(settings), _FromQdrant(settings))
    if data is None:
        data = _read_qdrant(settings, accept)
    else:
        accept(data.metadata)
    return _with_ridge(data, settings) if data.jobs else data


def _with_ridge(data: SearchData, settings: Settings) -> SearchData:
    """Read, or fitted, once for all workers."""
    from isco.retriever.labelled.kept_ridge import open_ridge

    mean_name = data.index.mean_name if settings.search.centre else None
    ridge = open_ridge(settings, data.jobs, data.index.titles, mean_name)
    return replace(data, ridge=ridge)


def _read_qdrant(settings: Settings, accept: Callable[[CollectionMetadata], None]) -> SearchData:
    from isco.core.store import OccupationStore

    try:
        store = OccupationStore(settings, reads_only=True)
    except UnavailableError:
        # Whoever has the folder may have taken a snapshot while this one waited.
        kept = load_snapshot(settings, state_to_keep(settings), _FromQdrant(settings))
        if kept is None:
            raise
        accept(kept.metadata)
        return kept
    with store:
        state = state_to_keep(settings)
        data = read_store(store, settings, accept)
        unchanged = state == state_to_keep(settings)
    if state is not None and unchanged:
        keep_snapshot(settings, state, data)
        # What no ad needs leaves the memory again.
        return load_snapshot(settings, state, _FromQdrant(settings)) or data
    return data


def read_store(
    store: "OccupationStore", settings: Settings, accept: Callable[[CollectionMetadata], None]
) -> SearchData:
    """What a store that is open has for a run; `accept` may refuse its collection by raising.

    Of a server's languages all but the main one are read when an ad needs them. An embedded store
    has read all of its points already.
    """
    on_server = settings.qdrant.mode == "server"
    name, metadata, points = store.read_in_use(accept, all_languages=not on_server)
    labelled = store.labelled().read(metadata)
    fit = store.labelled().fit() if labelled else None
    loaded = {
        language: ConceptIndex.of(some, settings.search.kinds)
        for language in metadata.languages
        if (some := [point for point in points if point.leaf.language == language])
    }
    load = _FromQdrant(settings, name) if on_server else None
    indexes = LanguageIndexes(metadata.languages, loaded, load)
    return SearchData(indexes, metadata, tuple(labelled), fit)


@dataclass(frozen=True)
class _FromQdrant:
    """Loads a language from the collection of that name, or from the one in use."""

    settings: Settings
    collection: str | None = None

    def __call__(self, language: str) -> ConceptIndex:
        from isco.core.store import OccupationStore

        with OccupationStore(self.settings, reads_only=True) as store:
            name = self.collection or store.require_active()[0].name
            points = store.read_indexed(name, language)
        return ConceptIndex.of(points, self.settings.search.kinds)


def make_searchers(data: SearchData, settings: Settings, embedder: Embedder) -> Searchers:
    """A search over each language of `data`."""
    mean_ad = data.metadata.ad_centre
    centre = np.array(mean_ad, dtype=np.float32) if mean_ad else None
    return Searchers(data.indexes, embedder, settings.search, centre)


def make_classifier(
    data: SearchData, settings: Settings, embedder: Embedder, with_llm: bool = True
) -> "Classifier":
    """A classifier over `data`.

    Raises UnavailableError when a configured LLM can't be had, ModelMismatchError when `embedder`
    is another model than the collection's.
    """
    from isco.retriever.deciding.calibration_files import configured_calibration
    from isco.retriever.labelled.labelled_ads import LabelledAds
    from isco.retriever.llm_stages import open_stages
    from isco.retriever.pipeline import Classifier
    from isco.retriever.preparing.rule_extraction import RuleExtractor

    data.metadata.require_model(embedder.name, embedder.revision, embedder.dimension)
    searchers = make_searchers(data, settings, RecentVectors(embedder))
    versions, notice = data.metadata.versions, data.metadata.notice
    llm = None
    if with_llm:
        llm = open_stages(settings, data.index.concepts, RuleExtractor(settings.extraction))
    labelled = None
    if data.labelled:
        labelled = LabelledAds.of(
            data.labelled,
            searchers.main.mean_name,
            settings.learning,
            data.ridge,
            data.fit.combinations if data.fit else None,
        )
    calibration = configured_calibration(settings.confidence, data.fit)
    return Classifier(searchers, settings, versions, notice, llm, calibration, labelled)


def open_classifier(settings: Settings, embedder: Embedder, with_llm: bool = True) -> "Classifier":
    """Read the collection in use and make a classifier of it. Raises as the two halves do."""
    return make_classifier(read_search_data(settings, embedder), settings, embedder, with_llm)
