"""The search in every language of the taxonomy, made for a language when an ad needs it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import log
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.base import Embedder
from isco.core.records import Candidate
from isco.core.settings import LanguageSettings, SearchSettings
from isco.retriever.preparing.language import LanguageDetector, LanguageGuess
from isco.retriever.searching.everyday_names import EverydaySearcher
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.match import Match
from isco.retriever.searching.query import Query
from isco.retriever.searching.searcher import Searcher, Signals

# How much the likeness of a title to the names of a language says that it is in that language,
# beside the logarithm of its probability (docs/decisions/0009).
_LIKENESS = 2.5
_LEAST = 1e-6


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
