"""Labelled ads with every signal of the search computed once, so that variants only add up."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isco.core import lexical
from isco.core.embedding import Embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.errors import InputError
from isco.core.records import Ad, Profile
from isco.core.settings import Settings
from isco.core.store import OccupationStore
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.reading.text_files import read_ads
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.searcher import Scores, Searcher

SEED = 1


@dataclass(frozen=True)
class Workbench:
    """The ingested leaves, and what is needed to score ads against them in other ways."""

    settings: Settings
    embedder: Embedder
    index: ConceptIndex
    mean_ad: NDArray[np.float32]

    @cached_property
    def codes(self) -> NDArray[np.str_]:
        """ISCO code of every leaf."""
        return np.array([leaf.isco_code for leaf in self.index.concepts])

    @cached_property
    def kinds(self) -> NDArray[np.str_]:
        """Kind of every leaf."""
        return np.array([str(leaf.kind) for leaf in self.index.concepts])

    @cached_property
    def descriptions(self) -> NDArray[np.float32]:
        """Vectors of the descriptions alone, without the label."""
        texts = [leaf.description or leaf.label for leaf in self.index.concepts]
        settings = self.settings
        with EmbeddingCache(settings.cache_path, self.embedder, settings.embedding) as cache:
            return cache.embed_documents(texts).vectors

    @cached_property
    def centroids(self) -> NDArray[np.float32]:
        """Mean of each leaf's name vectors."""
        names = self.index.names
        sizes = np.diff([*names.starts, len(names)])[:, None]
        return np.asarray(np.add.reduceat(names.vectors, names.starts) / sizes)

    def best_name(self, titles: Sequence[str], batch: int = 200) -> Scores:
        """TF-IDF cosine of each title with the nearest single name of each leaf."""
        every = [[name] for leaf in self.index.concepts for name in leaf.searched_names]
        names = lexical.document_vectors(every).matrix()
        parts = []
        for start in range(0, len(titles), batch):
            product = lexical.query_vectors(titles[start : start + batch]).matrix() @ names.T
            parts.append(np.maximum.reduceat(product.toarray(), self.index.names.starts, axis=1))
        return np.concatenate(parts)


@dataclass(frozen=True)
class LabelledSet:
    """One labelled file: gold codes, and raw signals by name, each of shape (ads, leaves)."""

    name: str
    gold: NDArray[np.str_]
    signals: dict[str, Scores]


def open_workbench(settings: Settings, embedder: Embedder) -> Workbench:
    """Read the collection in use. Raises as `open_classifier` does."""
    with OccupationStore(settings) as store:
        info, metadata = store.require_active()
        metadata.require_model(embedder.name, embedder.revision, embedder.dimension)
        points = store.read_indexed(info.name, metadata.languages[0])
    index = ConceptIndex.of(points, settings.search.kinds)
    centre = np.array(metadata.ad_centre, dtype=np.float32)
    return Workbench(settings, embedder, index, centre)


def read_labelled(path: Path, bench: Workbench, sample: int) -> LabelledSet:
    """Score up to `sample` ads of `path`, drawn by a fixed seed, by every signal."""
    settings = bench.settings
    ads = [row for row in read_ads(str(path), settings.input) if isinstance(row, Ad)]
    ads = [ad for ad in ads if ad.isco_code]
    if not ads:
        raise InputError(f"{path} holds no labelled ads")
    ads = draw(ads, sample)
    extractor = RuleExtractor(settings.extraction)
    profiles = [extractor.profile(ad) for ad in ads]
    plain = _searcher(bench, centre=False).score(profiles).signals
    centred = _searcher(bench, centre=True).score(profiles).signals
    return LabelledSet(
        name=path.stem,
        gold=np.array([ad.isco_code for ad in ads]),
        signals={
            **plain,
            **{f"{name} (c)": centred[name] for name in ("document", "labels", "body")},
            **_other_signals(bench, profiles),
        },
    )


def _searcher(bench: Workbench, centre: bool) -> Searcher:
    every = dict.fromkeys(bench.settings.search.weights, 1.0)
    search = bench.settings.search.model_copy(update={"weights": every, "centre": centre})
    return Searcher(bench.index, bench.embedder, search, bench.mean_ad)


def draw(ads: list[Ad], sample: int) -> list[Ad]:
    """At most `sample` of `ads`, always the same ones."""
    return ads if len(ads) <= sample else random.Random(SEED).sample(ads, sample)


def _other_signals(bench: Workbench, profiles: Sequence[Profile]) -> dict[str, Scores]:
    titles = [profile.title for profile in profiles]
    queries = bench.embedder.embed_queries(titles)
    # Sentences as seen from the mean of documents, which is where nothing is known of ads.
    documents = bench.index.dense.mean(axis=0)
    moved = Searcher(bench.index, bench.embedder, bench.settings.search, documents)
    bodies = moved.score([replace(profile, title="") for profile in profiles]).signals["body"]
    return {
        "body (documents' c)": bodies,
        "description": queries @ bench.descriptions.T,
        "centroid": queries @ bench.centroids.T,
        "best name": bench.best_name(titles),
    }


def standardised(signal: Scores) -> Scores:
    """Z-scores over the leaves; zeros where all leaves score the same."""
    spread = signal.std(axis=1, keepdims=True)
    centred = signal - signal.mean(axis=1, keepdims=True)
    return np.asarray(np.where(spread > 1e-6, centred / np.where(spread > 1e-6, spread, 1), 0))
