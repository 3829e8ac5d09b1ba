"""Open a classifier: what is in Qdrant read once, and the stages made of it.

The two halves are apart because many workers can share one reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from isco import __version__
from isco.embedding.base import Embedder
from isco.embedding.recent import RecentVectors
from isco.records import Versions
from isco.settings import Settings
from isco.store import CollectionMetadata, LabelledAd, OccupationStore
from retriever.index import LeafIndex
from retriever.labelled_neighbours import LabelledNeighbours
from retriever.learned_confidence import confidence_fit
from retriever.llm_stages import open_stages
from retriever.pipeline import Classifier
from retriever.rule_extraction import RuleExtractor
from retriever.search import Searcher


@dataclass(frozen=True)
class SearchData:
    """All that a run reads from Qdrant, in plain arrays: it can be sent to another process.

    `labelled` are the labelled ads searched beside the leaves, `notes` what was kept with them.
    """

    index: LeafIndex
    metadata: CollectionMetadata
    labelled: tuple[LabelledAd, ...]
    notes: Mapping[str, Any]


def read_search_data(settings: Settings, embedder: Embedder) -> SearchData:
    """Read the collection in use, and the labelled ads that belong to it.

    Raises UnavailableError when nothing is ingested or Qdrant can't be reached, ModelMismatchError
    when the collection was built with another embedding model than `embedder`.
    """
    with OccupationStore(settings, reads_only=True) as store:
        model = (embedder.name, embedder.revision, embedder.dimension)
        metadata, points = store.read_in_use(lambda found: found.require_model(*model))
        labelled = store.labelled().read(metadata)
        notes = store.labelled().notes() if labelled else {}
    index = LeafIndex.of(points, settings.search.kinds)
    return SearchData(index, metadata, tuple(labelled), notes)


def make_classifier(
    data: SearchData, settings: Settings, embedder: Embedder, with_llm: bool = True
) -> Classifier:
    """A classifier over `data`. Raises UnavailableError when a configured LLM can't be had."""
    metadata = data.metadata
    centre = np.array(metadata.ad_centre, dtype=np.float32) if metadata.ad_centre else None
    searcher = Searcher(data.index, RecentVectors(embedder), settings.search, centre)
    versions = Versions(
        taxonomy=metadata.taxonomy_name,
        embedding=metadata.model_name,
        llm=None,
        prompts=None,
        software=__version__,
    )
    llm = None
    if with_llm:
        llm = open_stages(settings, data.index.leaves, RuleExtractor(settings.extraction))
    labelled = None
    if data.labelled:
        labelled = LabelledNeighbours(data.labelled, searcher.name_centre, settings.learning)
    fit = confidence_fit(settings.confidence, data.notes)
    return Classifier(searcher, settings, versions, metadata.notice, llm, fit, labelled)


def open_classifier(settings: Settings, embedder: Embedder, with_llm: bool = True) -> Classifier:
    """Read the collection in use and make a classifier of it. Raises as the two halves do."""
    return make_classifier(read_search_data(settings, embedder), settings, embedder, with_llm)
