"""Rank the taxonomy's leaves for ads: the collection read once, then exact matrix products.

At a few thousand leaves exact search is exact arithmetic: four products a batch of ads, weighed
and added up. The embedding's signals are standardised over the leaves (z-scores), so that their
weights mean the same for every model. The lexical one is not: its size says how much spelling is
shared at all, which for an ad in another language than the taxonomy's is next to nothing, and
standardising would blow that up. What Qdrant itself would answer by "dense" alone is the case with
that one weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from isco import lexical
from isco.embedding.base import Embedder
from isco.errors import ConfigError
from isco.records import Candidate, Leaf, Profile
from isco.settings import SearchSettings
from isco.store import IndexedLeaf

Scores = NDArray[np.float32]

_FLAT = 1e-6


@dataclass(frozen=True)
class LeafIndex:
    """All searched leaves in memory. Rows of every matrix are in the order of `leaves`.

    `dense` has shape (leaves, dimension), `lexical` (leaves, n-gram dimensions). `labels` holds
    the names of all leaves one after another, shape (names, dimension); `starts` the row at which
    each leaf's names begin.
    """

    leaves: tuple[Leaf, ...]
    dense: NDArray[np.float32]
    labels: NDArray[np.float32]
    starts: NDArray[np.int64]
    lexical: sparse.csr_matrix

    @staticmethod
    def of(points: Sequence[IndexedLeaf], kinds: Sequence[str]) -> "LeafIndex":
        """The index of those points whose leaf is of one of `kinds`, sorted by code and URI.

        Sorted, because ties are broken by position and must not depend on the storage's order.
        Raises ConfigError when there is none.
        """
        chosen = [point for point in points if point.leaf.kind in kinds]
        if not chosen:
            raise ConfigError(
                f"search.kinds: the taxonomy in use holds nothing of the kind {', '.join(kinds)}"
            )
        chosen.sort(key=lambda point: (point.leaf.isco_code, point.leaf.uri))
        sizes = [len(point.labels) for point in chosen]
        ends = np.cumsum([len(point.lexical[0]) for point in chosen])
        grams = sparse.csr_matrix(
            (
                np.concatenate([point.lexical[1] for point in chosen]),
                np.concatenate([point.lexical[0] for point in chosen]),
                np.concatenate([[0], ends]),
            ),
            shape=(len(chosen), lexical.DIMENSIONS),
            dtype=np.float32,
        )
        return LeafIndex(
            leaves=tuple(point.leaf for point in chosen),
            dense=np.stack([point.dense for point in chosen]),
            labels=np.concatenate([point.labels for point in chosen]),
            starts=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
            lexical=grams,
        )


class Searcher:
    """Leaves ranked by the weighted sum of signals that the configuration asks for."""

    def __init__(self, index: LeafIndex, embedder: Embedder, settings: SearchSettings) -> None:
        self.index = index
        self._embedder = embedder
        self._weights: dict[str, float] = {
            name: weight for name, weight in settings.weights.items() if weight
        }

    def scores(self, profiles: Sequence[Profile]) -> Scores:
        """Similarity of every profile to every leaf, shape (len(profiles), leaves), float32.

        A single signal is returned as it is (a cosine, say). Several are weighed and added, then
        divided by the weights of those standardised signals for which the ad has a text.
        """
        signals = self.signals(profiles)
        if len(signals) == 1:
            return next(iter(signals.values()))
        total = np.zeros((len(profiles), len(self.index.leaves)), dtype=np.float32)
        used = np.zeros((len(profiles), 1), dtype=np.float32)
        for name, signal in signals.items():
            centred = signal - signal.mean(axis=1, keepdims=True)
            if name == "lexical":
                total += self._weights[name] * centred
                continue
            spread = signal.std(axis=1, keepdims=True)
            usable = spread > _FLAT
            total += self._weights[name] * usable * centred / np.where(usable, spread, 1)
            used += self._weights[name] * usable
        return np.asarray(total / np.where(used == 0, 1, used), dtype=np.float32)

    def signals(self, profiles: Sequence[Profile]) -> dict[str, Scores]:
        """Each weighed signal by name, raw; a row of zeros where an ad lacks the text for it."""
        titles = [profile.title for profile in profiles]
        signals: dict[str, Scores] = {}
        if self._weights.keys() & {"document", "labels"}:
            by_title = self.embed(titles)
            if "document" in self._weights:
                signals["document"] = by_title @ self.index.dense.T
            if "labels" in self._weights:
                names = by_title @ self.index.labels.T
                signals["labels"] = np.maximum.reduceat(names, self.index.starts, axis=1)
        if "lexical" in self._weights:
            product: Any = lexical.query_vectors(titles) @ self.index.lexical.T
            signals["lexical"] = np.asarray(product.todense(), dtype=np.float32)
        if "body" in self._weights:
            bodies = self.embed([profile.description for profile in profiles])
            signals["body"] = bodies @ self.index.dense.T
        return signals

    def candidates(self, scores: Scores, top: int) -> tuple[Candidate, ...]:
        """The `top` leaves of one row of `scores`, the nearest first; ties in order of code."""
        order = np.argsort(-scores, kind="stable")[:top]
        return tuple(
            Candidate.of(self.index.leaves[position], float(scores[position]), rank)
            for rank, position in enumerate(order, start=1)
        )

    def code_ranking(self, scores: Scores, depth: int) -> tuple[str, ...]:
        """The first `depth` distinct codes of one row of `scores`, by their nearest leaf."""
        codes: dict[str, None] = {}
        for position in np.argsort(-scores, kind="stable"):
            codes.setdefault(self.index.leaves[position].isco_code)
            if len(codes) == depth:
                break
        return tuple(codes)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Query vectors, shape (len(texts), dimension), float32.

        Zeros for empty texts, which no model should be asked about.
        """
        vectors = np.zeros((len(texts), self._embedder.dimension), dtype=np.float32)
        filled = [row for row, text in enumerate(texts) if text.strip()]
        if filled:
            vectors[filled] = self._embedder.embed_queries([texts[row] for row in filled])
        return vectors
