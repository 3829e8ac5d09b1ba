"""Open a search or a classifier: what is in Qdrant read once, and the stages made of it.

The two halves are apart because many workers can share one reading. What only a classifier needs
is imported when one is made, so that a search waits for none of it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from isco.core.embedding.base import Embedder
from isco.core.embedding.identity import ModelIdentity
from isco.core.embedding.recent_vectors import RecentVectors
from isco.core.errors import UnavailableError
from isco.core.settings import Settings
from isco.core.store import CollectionMetadata
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.search_data import SearchData
from isco.retriever.searching.searcher import Searcher
from isco.retriever.searching.snapshot import keep_snapshot, load_snapshot, state_to_keep

if TYPE_CHECKING:
    from isco.core.store import OccupationStore
    from isco.retriever.pipeline import Classifier

__all__ = [
    "SearchData",
    "make_classifier",
    "make_searcher",
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

    kept = load_snapshot(settings, state_to_keep(settings))
    if kept is None:
        return _read_qdrant(settings, accept)
    accept(kept.metadata)
    return kept


def _read_qdrant(settings: Settings, accept: Callable[[CollectionMetadata], None]) -> SearchData:
    from isco.core.store import OccupationStore

    try:
        store = OccupationStore(settings, reads_only=True)
    except UnavailableError:
        # Whoever has the folder may have taken a snapshot while this one waited.
        kept = load_snapshot(settings, state_to_keep(settings))
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
    return data


def read_store(
    store: "OccupationStore", settings: Settings, accept: Callable[[CollectionMetadata], None]
) -> SearchData:
    """What a store that is open has for a run; `accept` may refuse its collection by raising."""
    metadata, points = store.read_in_use(accept)
    labelled = store.labelled().read(metadata)
    calibration = store.labelled().calibration() if labelled else None
    index = ConceptIndex.of(points, settings.search.kinds)
    return SearchData(index, metadata, tuple(labelled), calibration)


def make_searcher(data: SearchData, settings: Settings, embedder: Embedder) -> Searcher:
    """A search over `data`."""
    mean_ad = data.metadata.ad_centre
    centre = np.array(mean_ad, dtype=np.float32) if mean_ad else None
    return Searcher(data.index, embedder, settings.search, centre)


def make_classifier(
    data: SearchData, settings: Settings, embedder: Embedder, with_llm: bool = True
) -> "Classifier":
    """A classifier over `data`.

    Raises UnavailableError when a configured LLM can't be had, ModelMismatchError when `embedder`
    is another model than the collection's.
    """
    from isco.retriever.deciding.calibration_files import configured_calibration
    from isco.retriever.llm_stages import open_stages
    from isco.retriever.pipeline import Classifier
    from isco.retriever.preparing.rule_extraction import RuleExtractor
    from isco.retriever.searching.labelled_neighbours import LabelledNeighbours

    data.metadata.require_model(embedder.name, embedder.revision, embedder.dimension)
    searcher = make_searcher(data, settings, RecentVectors(embedder))
    versions, notice = data.metadata.versions, data.metadata.notice
    llm = None
    if with_llm:
        llm = open_stages(settings, data.index.concepts, RuleExtractor(settings.extraction))
    labelled = None
    if data.labelled:
        labelled = LabelledNeighbours(data.labelled, searcher.mean_name, settings.learning)
    calibration = configured_calibration(settings.confidence, data.calibration)
    return Classifier(searcher, settings, versions, notice, llm, calibration, labelled)


def open_classifier(settings: Settings, embedder: Embedder, with_llm: bool = True) -> "Classifier":
    """Read the collection in use and make a classifier of it. Raises as the two halves do."""
    return make_classifier(read_search_data(settings, embedder), settings, embedder, with_llm)
