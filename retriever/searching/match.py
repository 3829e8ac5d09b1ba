"""What one ad has in common with the leaves that it was compared with, as stages ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isco.core.records import Candidate, Concept
from isco.retriever.searching.everyday_names import EverydayMatch
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.searcher import WORDS, Scores, Searcher


@dataclass(frozen=True)
class Match:
    """What one ad has in common with the leaves of the language that it was searched in.

    `total`, and each of `signals` but "words", has one score a leaf; "body" is among these where
    the ad's text was read. `title` is the vector of the ad's title, zeros without one. Of an ad in
    a `language` with everyday names alone the leaves and signals are the main language's, and
    `everyday` is what these names say, which `total` has in it.
    """

    searcher: Searcher
    language: str
    total: Scores
    signals: Mapping[str, Scores]
    title: NDArray[np.float32]
    everyday: EverydayMatch | None = None

    @property
    def index(self) -> ConceptIndex:
        """The leaves."""
        return self.searcher.index

    @property
    def has_read(self) -> bool:
        """Whether the vector of the ad's text counts."""
        return "body" in self.signals

    def candidates(self, top: int) -> tuple[Candidate, ...]:
        """The `top` leaves, the nearest first."""
        return self.searcher.candidates(self.total, top)

    def code_ranking(self, depth: int) -> tuple[str, ...]:
        """The first `depth` distinct codes, by their nearest leaf."""
        return self.searcher.code_ranking(self.total, depth)

    def best_by_code(self, codes: Sequence[str]) -> Scores:
        """The score of each code's nearest leaf, shape (codes,)."""
        return self.index.best_by_code(self.total, codes)

    def leaves(self, code: str) -> list[tuple[Concept, float]]:
        """Every searched concept of the unit group, with its score."""
        rows = self.index.rows_of(code)
        return [(self.index.concepts[row], float(self.total[row])) for row in rows]

    def best(self, signal: str, code: str) -> float | None:
        """The signal of the code's nearest leaf, None where it is not known."""
        leaves = self.index.rows_of(code)
        found = self.signals.get(signal)
        # A labelled ad's code may have no leaf among those searched.
        if found is None or not len(leaves):
            return None
        best = float(found[leaves].max())
        if self.everyday and signal in self.everyday.signals:
            row = self.index.code_row[leaves[0]]
            best = max(best, float(self.everyday.signals[signal][row]))
        return best

    @property
    def is_foreign(self) -> bool:
        """Whether the taxonomy has no more than everyday names in the ad's language."""
        return self.everyday is not None

    def codes_named(self, name: str, first_names: bool = False) -> frozenset[str]:
        """As that of the index, where everyday names in the ad's language are as good."""
        if self.everyday and (codes := self.everyday.index.codes_named(name, first_names)):
            return codes
        return self.index.codes_named(name, first_names)

    def said_of(self, code: str, text: str) -> float:
        """As that of the index, or of the everyday names where these say more."""
        said = self.index.said_of(code, text)
        return max(said, self.everyday.index.said_of(code, text)) if self.everyday else said

    def most_like(self, signal: str) -> float:
        """The highest score of all leaves, or of the everyday names; 0 where it is not known."""
        found = (self.everyday.signals if self.everyday else self.signals).get(signal)
        return float(found.max()) if found is not None else 0.0

    def leads(self, signals: Sequence[str], code: str) -> dict[str, float]:
        """In each of the `signals` that are known, how far the unit group is ahead of the best of
        all others, in units of their spread; less than 0 where it is behind. Of none where there
        are no others."""
        leaves, code_row = self.index.rows_of(code), self.index.code_row
        if not len(leaves) or code_row[0] == code_row[-1]:
            return {}
        row = int(code_row[leaves[0]])
        found = {}
        for name in signals:
            if (signal := self.signals.get(name)) is None:
                continue
            best = signal if name == WORDS else self.index.best_of_each(signal)
            ahead = float(best[row] - np.delete(best, row).max())
            found[name] = ahead / (float(best.std()) or 1.0)
        return found
