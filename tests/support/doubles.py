"""Small stand-ins that are quick and deterministic where a real model would add only time."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from functools import cache

import numpy as np

from isco.core import words
from isco.core.embedding.base import Vectors, unit_rows
from isco.core.learned_fit import Combination
from isco.core.lexical import document_vectors
from isco.core.records import Concept, Form, Kind
from isco.core.settings import SearchSettings, Settings
from isco.core.store import IndexedConcept, LabelledAd
from isco.retriever.labelled.labelled_ads import LabelledAds, ridge_of
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.searcher import Searcher
from isco.retriever.searching.searchers import Searchers


class HashingEmbedder:
    """Texts that share words lie near each other; counts what it was asked."""

    name = "hashing-double"
    revision = "1"

    def __init__(self, dimension: int = 32) -> None:
        self.dimension = dimension
        self.asked: list[str] = []

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row += _direction(word, self.dimension)
        return unit_rows(rows)


@cache
def _direction(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)


def index_leaves(
    leaves: Sequence[Concept], embedder: HashingEmbedder, worded: bool = False
) -> list[IndexedConcept]:
    """Leaves with the vectors that an ingest gives them; those of words where they are `worded`,
    each the only one of its unit group then."""
    grams = document_vectors([leaf.labels for leaf in leaves])
    said = words.document_vectors([f"{leaf.label} {leaf.description}" for leaf in leaves])
    return [
        IndexedConcept(
            leaf=leaf,
            dense=embedder.embed_documents([f"{leaf.label}. {leaf.description}"])[0],
            labels=embedder.embed_queries(leaf.searched_names),
            lexical=grams.row(row),
            words=said.row(row) if worded else None,
        )
        for row, leaf in enumerate(leaves)
    ]


def searcher_over(
    leaves: Sequence[Concept], settings: SearchSettings, embedder: HashingEmbedder | None = None
) -> Searcher:
    """The real search over `leaves`, embedded by the hashing double, not asked anything yet."""
    embedder = embedder or HashingEmbedder()
    index = ConceptIndex.of(index_leaves(leaves, embedder), settings.kinds)
    embedder.asked.clear()
    # Ads are not embedded to find their centre; as good as any is none.
    return Searcher(index, embedder, settings, np.zeros(embedder.dimension, dtype=np.float32))


def searchers_over(
    leaves: Sequence[Concept],
    settings: SearchSettings,
    embedder: HashingEmbedder | None = None,
    everyday: Collection[str] = (),
    worded: bool = False,
) -> Searchers:
    """As `searcher_over`, for leaves of one language or several: a search over each."""
    embedder = embedder or HashingEmbedder()
    indexes = {
        language: ConceptIndex.of(
            index_leaves([leaf for leaf in leaves if leaf.language == language], embedder, worded),
            settings.kinds,
        )
        for language in dict.fromkeys(leaf.language for leaf in leaves)
    }
    embedder.asked.clear()
    centre = np.zeros(embedder.dimension, dtype=np.float32)
    return Searchers(indexes, embedder, settings, centre, everyday)


def make_concept(code: str, label: str, *alt_labels: str, description: str = "") -> Concept:
    """A leaf of that unit group with plausible titles above it."""
    return Concept(
        uri=f"http://example.org/{code}/{label.replace(' ', '-')}",
        label=label,
        isco_code=code,
        isco_label=f"Group {code}",
        isco_major=f"{code[:1]} Major",
        isco_sub_major=f"{code[:2]} Sub-major",
        isco_minor=f"{code[:3]} Minor",
        alt_labels=alt_labels,
        description=description or f"People who do the work of a {label}.",
        language="en",
        taxonomy_version="test-1",
        kind=Kind.LEAF,
        main_label=label,
    )


def labelled_ads(
    ads: Sequence[LabelledAd],
    searchers: Searchers,
    settings: Settings,
    combinations: Mapping[Form, Combination] | None = None,
) -> LabelledAds:
    """Labelled ads with all ways in which they have a say."""
    main = searchers.main
    fitted = ridge_of(ads, main.index.titles, main.mean_name, settings.learning)
    ridge = fitted[0] if fitted else None
    return LabelledAds.of(ads, main.mean_name, settings.learning, ridge, combinations)
