"""A classifier over a taxonomy that is in no Qdrant, for variants that are tried one by one."""

from pathlib import Path
from typing import Any

from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.settings import Settings
from isco.ingest.documents import group_tasks
from isco.ingest.indexing import indexed
from isco.ingest.plan import describe, document_vectors, prepare
from isco.ingest.reference_ads import ad_centre
from isco.retriever.factory import make_classifier
from isco.retriever.pipeline import Classifier
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.language_indexes import LanguageIndexes
from isco.retriever.searching.search_data import SearchData


def classifier_over(
    source: str, data_dir: Path | None, flags: dict[str, Any]
) -> tuple[Classifier, Settings]:
    """The taxonomy `source` as an ingest would make it, without calibration.

    Vectors are kept in `data_dir`, those of the ads too; `flags` are settings.
    """
    where = {"data_dir": data_dir} if data_dir else {}
    settings = load_settings(flags={**where, "confidence.fit": None, **flags})
    embedder = open_embedder(settings.embedding)
    cache = EmbeddingCache(settings.cache_path, embedder, settings.embedding)
    plan = prepare(settings, source)
    names = cache.embed_queries(plan.names).vectors
    documents = cache.embed_documents(plan.embedded_documents).vectors
    of_leaves = document_vectors(plan, names, documents)
    points = list(indexed(plan.leaves, names, plan.counts, of_leaves, group_tasks(plan.taxonomy)))
    metadata = describe(plan.taxonomy, plan.leaves, embedder, settings, ad_centre(cache))
    indexes = {
        language: ConceptIndex.of(
            [point for point in points if point.leaf.language == language], settings.search.kinds
        )
        for language in metadata.searched_languages
    }
    data = SearchData(LanguageIndexes(metadata.searched_languages, indexes), metadata, (), None)
    return make_classifier(data, settings, cache.as_embedder(), with_llm=False), settings
