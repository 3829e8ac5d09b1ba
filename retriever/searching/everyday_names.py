"""What unit groups are called every day in a language of which the taxonomy has nothing else.

An ad in it is searched in the main language, and what these names say of each unit group is added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.base import Embedder
from isco.core.settings import SearchSettings
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.query import Query
from isco.retriever.searching.searcher import QueryVectors, Scores, Searcher


@dataclass(frozen=True)
class EverydayMatch:
    """What one ad has in common with the names in its language.

    `total` and each of `signals` have one score a unit group, in the order of the main language's.
    """

    index: ConceptIndex
    total: Scores
    signals: Mapping[str, Scores]


class EverydaySearcher:
    """Compares ads with the names of `index`, for the unit groups of the index `main`.

    A document here is a name, which is among the names already: it does not count.
    """

    def __init__(
        self, index: ConceptIndex, main: ConceptIndex, embedder: Embedder, settings: SearchSettings
    ) -> None:
        weights = {**settings.weights, "document": 0.0}
        by_names = settings.model_copy(update={"weights": weights, "read_text": "never"})
        self._searcher = Searcher(index, embedder, by_names)
        places = {code: row for row, code in enumerate(index.codes)}
        self._places: NDArray[np.int64] = np.array([places.get(code, -1) for code in main.codes])

    def compare(self, queries: Sequence[Query], titles: NDArray[np.float32]) -> list[EverydayMatch]:
        """`titles` are the vectors of the ads' titles; texts count by their words alone."""
        scored = self._searcher.compare(
            [query.profile for query in queries],
            [query.text for query in queries],
            QueryVectors(titles, None),
        )
        total = self._by_code(scored.total)
        signals = {name: self._by_code(signal) for name, signal in scored.signals.items()}
        return [
            EverydayMatch(
                self._searcher.index,
                total[row],
                {name: signal[row] for name, signal in signals.items()},
            )
            for row in range(len(queries))
        ]

    def _by_code(self, scores: Scores) -> Scores:
        """Where a group has no name here, the least of all."""
        padded = np.concatenate([scores, scores.min(axis=1, keepdims=True)], axis=1)
        return np.asarray(padded[:, self._places])
