"""Open a search or a classifier: what is in Qdrant read once, and the stages made of it.

The two halves are apart because many workers can share one reading. What only a classifier needs
is imported when one is made, so that a search waits for none of it.
"""

from typing import TYPE_CHECKING

import numpy as np

from isco.core.embedding.base import Embedder
from isco.core.embedding.recent_vectors import RecentVectors
from isco.core.settings import Settings
from isco.retriever.searching.reading import keep_search_data, read_search_data, read_store
from isco.retriever.searching.search_data import SearchData
from isco.retriever.searching.searchers import Searchers

if TYPE_CHECKING:
    from isco.retriever.pipeline import Classifier

__all__ = [
    "SearchData",
    "keep_search_data",
    "make_classifier",
    "make_searchers",
    "open_classifier",
    "read_search_data",
    "read_store",
]


def make_searchers(data: SearchData, settings: Settings, embedder: Embedder) -> Searchers:
    """A search over each language of `data`."""
    mean_ad = data.metadata.ad_centre
    centre = np.array(mean_ad, dtype=np.float32) if mean_ad else None
    everyday = data.metadata.everyday_languages
    return Searchers(data.indexes, embedder, settings.search, centre, everyday)


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
