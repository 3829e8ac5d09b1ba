"""The search in every language of the taxonomy, made for a language when an ad needs it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.base import Embedder
from isco.core.records import Candidate, Concept
from isco.core.settings import LanguageSettings, SearchSettings
from isco.retriever.preparing.language import LanguageDetector, LanguageGuess
from isco.retriever.searching.everyday_names import EverydayMatch, EverydaySearcher
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.query import Query
from isco.retriever.searching.searcher import WORDS, Scores, Searcher, Signals

# How much the likeness of a title to the names of a language says that it is in that language,
# beside the logarithm of its probability (docs/decisions/0009).
_LIKENESS = 2.5
_LEAST = 1e-6


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


class Searchers:
    """A searcher a language. Threads may share it.

    Of the languages `everyday` there are everyday names alone: ads in them are searched in the main
    one, beside these names.
    """

    def __init__(
        self,
        indexes: Mapping[str, ConceptIndex],
        embedder: Embedder,
        settings: SearchSettings,
        mean_ad: NDArray[np.float32] | None = None,
        everyday: Collection[str] = (),
    ) -> None:
        self.languages = tuple(indexes)
        self.everyday = frozenset(everyday)
        self._indexes = indexes
        self._embedder = embedder
        self._settings = settings
        self._mean_ad = mean_ad
        self._made: dict[str, Searcher] = {}
        self._everyday: dict[str, EverydaySearcher] = {}
        self._turn = RLock()

    def __getitem__(self, language: str) -> Searcher:
        with self._turn:
            if language not in self._made:
                index = self._indexes[language]
                self._made[language] = Searcher(
                    index, self._embedder, self._settings, self._mean_ad
                )
            return self._made[language]

    @cached_property
    def main(self) -> Searcher:
        """The one of the taxonomy's main language."""
        return self[self.languages[0]]

    def nearest(self, text: str, settings: LanguageSettings, top: int) -> tuple[Candidate, ...]:
        """The `top` leaves nearest to a text such as a job title, in the language that it is in."""
        said = self.main.index.share_said
        detector = LanguageDetector(settings, self.languages, said, self.everyday)
        (match,) = self.match([Query.of_title(text, detector)])
        return match.candidates(top)

    def match(self, queries: Sequence[Query], read: bool = True) -> list[Match]:
        """Each of `queries` with the leaves of its language, in order; if they are not `read`
        without the vectors of their texts, which `read` adds."""
        vectors = self.main.vectors([query.profile for query in queries], read)
        rows_in: dict[str, list[int]] = {}
        for row, query in enumerate(queries):
            for guess in self._guesses(query):
                rows_in.setdefault(guess.code, []).append(row)
        found: list[dict[str, Match]] = [{} for _ in queries]
        for searched in dict.fromkeys(map(self._searched_in, rows_in)):
            languages = [code for code in rows_in if self._searched_in(code) == searched]
            rows = sorted({row for code in languages for row in rows_in[code]})
            some = [queries[row] for row in rows]
            signals = self[searched].signals(
                [query.profile for query in some],
                [query.text for query in some],
                vectors.rows(rows),
                [query.foreign or searched not in _codes(self._guesses(query)) for query in some],
            )
            for language in languages:
                places = np.searchsorted(rows, rows_in[language])
                matches = self._in_language(
                    language,
                    [some[place] for place in places],
                    {name: signal[places] for name, signal in signals.items()},
                    vectors.titles[rows_in[language]],
                )
                for row, match in zip(rows_in[language], matches, strict=True):
                    found[row][language] = match
        return [
            _likeliest(self._guesses(query), matches)
            for query, matches in zip(queries, found, strict=True)
        ]

    def read(self, queries: Sequence[Query], matches: Sequence[Match]) -> list[Match]:
        """The `matches` of `queries` with the vectors of their texts; the language stays."""
        bodies = self.main.embed([query.profile.description for query in queries])
        found: dict[int, Match] = {}
        for language in dict.fromkeys(match.language for match in matches):
            rows = [row for row, match in enumerate(matches) if match.language == language]
            some = [queries[row] for row in rows]
            known = {
                name: np.stack([matches[row].signals[name] for row in rows])
                for name in matches[rows[0]].signals
            }
            texts = [q.text for q in some]
            foreign = [
                q.foreign or matches[row].is_foreign for q, row in zip(some, rows, strict=True)
            ]
            searcher = matches[rows[0]].searcher
            scored = searcher.weighed(known | searcher.body_signal(bodies[rows]), texts, foreign)
            for place, row in enumerate(rows):
                total, signals = scored.of(place)
                found[row] = self._with(replace(matches[row], total=total, signals=signals))
        return [found[row] for row in range(len(queries))]

    def _guesses(self, query: Query) -> tuple[LanguageGuess, ...]:
        return query.languages or (LanguageGuess(self.languages[0], 1.0),)

    def _searched_in(self, language: str) -> str:
        """The language whose leaves an ad in `language` is compared with."""
        return self.languages[0] if language in self.everyday else language

    def _in_language(
        self,
        language: str,
        queries: Sequence[Query],
        signals: Signals,
        titles: NDArray[np.float32],
    ) -> list[Match]:
        """`signals` are those of the leaves that the language is searched in."""
        everyday = self._everyday_in(language)
        searcher = self[self._searched_in(language)]
        scored = searcher.weighed(
            signals,
            [query.text for query in queries],
            [query.foreign or bool(everyday) for query in queries],
        )
        matches = [
            Match(searcher, language, *scored.of(row), title) for row, title in enumerate(titles)
        ]
        if everyday is None:
            return matches
        return [
            self._with(replace(match, everyday=found))
            for match, found in zip(matches, everyday.compare(queries, titles), strict=True)
        ]

    def _everyday_in(self, language: str) -> EverydaySearcher | None:
        """The search among the everyday names of a language, where these are all that it has."""
        if language not in self.everyday:
            return None
        main = self.main.index
        with self._turn:
            if language not in self._everyday:
                self._everyday[language] = EverydaySearcher(
                    self._indexes[language], main, self._embedder, self._settings
                )
            return self._everyday[language]

    def _with(self, match: Match) -> Match:
        """A match whose total is that of its signals, with what everyday names say added."""
        if match.everyday is None:
            return match
        added = self._settings.everyday_weight * match.everyday.total
        return replace(match, total=match.total + added[match.index.code_row])


def _codes(guesses: Sequence[LanguageGuess]) -> set[str]:
    return {guess.code for guess in guesses}


def _likeliest(guesses: Sequence[LanguageGuess], matches: Mapping[str, Match]) -> Match:
    """The match in the language that most speaks for; the first, most probable one of equals."""
    if len(guesses) == 1:
        return matches[guesses[0].code]
    evidence = {
        guess.code: log(max(guess.probability, _LEAST))
        + _LIKENESS * matches[guess.code].most_like("lexical")
        for guess in guesses
    }
    return matches[max(evidence, key=evidence.__getitem__)]
