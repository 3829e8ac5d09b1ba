"""The collection in memory, in one language: every searched concept with its vectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isco.core import words
from isco.core.errors import ConfigError
from isco.core.names import name_key
from isco.core.records import Concept
from isco.core.store import IndexedConcept
from isco.retriever.searching.inverted_index import InvertedIndex
from isco.retriever.searching.name_vectors import NameVectors


@dataclass(frozen=True)
class ConceptIndex:
    """All searched concepts of one language. Rows of every matrix are in the order of `concepts`.

    `dense` has shape (concepts, dimension), `names` all searched names of each concept, `lexical`
    its n-grams. Of each unit group, in the order of the codes, `classifier` has a row of weights
    and bias, shape (codes, dimension + 1), and `words` those of all that is said of it; either is
    None when the collection has none. `code_row` is the row of each concept's code there. `titles`
    names the groups of all levels by their codes.
    """

    concepts: tuple[Concept, ...]
    dense: NDArray[np.float32]
    names: NameVectors
    lexical: InvertedIndex
    code_row: NDArray[np.int64]
    classifier: NDArray[np.float32] | None = None
    words: InvertedIndex | None = None
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def mean_name(self) -> NDArray[np.float32]:
        """The mean vector of all names but everyday ones, shape (dimension,)."""
        return self.names.mean

    def rows_of(self, isco_code: str) -> NDArray[np.int64]:
        """The positions of all concepts of a unit group; none when it has none here."""
        return self._rows.get(isco_code, np.zeros(0, dtype=np.int64))

    def codes_named(self, name: str, first_names: bool = False) -> frozenset[str]:
        """The unit groups of the concepts that have this name, whatever its case.

        What lists call so goes before; where nothing has the name, what has it as an everyday one.
        Of several groups that have it only beside what they are called first, everyday names
        decide. With `first_names` it must be what a concept is called first, in some unit group.
        """
        key = name_key(name)
        if first_names and key not in self._first_names:
            return frozenset()
        listed = frozenset(code for code, _ in self._lists_by_name.get(key, ()))
        everyday = self._codes_by_everyday_name.get(key, frozenset())
        named = self._codes_by_name.get(key, frozenset())
        if len(named) > 1 and key not in self._first_names:
            named = named & everyday or everyday or named
        return listed or named or everyday

    def said_of(self, isco_code: str, text: str) -> float:
        """Share of the words of `text` that are said of the unit group; 1 without any, and where it
        is not known what is said."""
        columns = words.columns_of(text)
        row = self._word_row.get(isco_code)
        if self.words is None or row is None or not len(columns):
            return 1.0
        return float(self.words.has(row, columns).mean())

    def share_said(self, text: str) -> float:
        """Share of the words of `text` that are said of any unit group; 1 without any, and where it
        is not known what is said."""
        columns = words.columns_of(text)
        if self.words is None or not len(columns):
            return 1.0
        return float(self.words.known(columns).mean())

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The unit groups, in their order."""
        return tuple(self._row_of_code)

    @property
    def has_lists(self) -> bool:
        """Whether any concept has names of a list of titles."""
        return bool(self._lists_by_name)

    def lists_naming(self, name: str, isco_code: str) -> tuple[str, ...]:
        """The lists of titles that call a concept of the unit group so, whatever the case."""
        found = self._lists_by_name.get(name_key(name), ())
        return tuple(dict.fromkeys(origin for code, origin in found if code == isco_code))

    def best_by_code(
        self, scores: NDArray[np.float32], codes: Sequence[str]
    ) -> NDArray[np.float32]:
        """Of scores of all concepts, shape (concepts,), the best of each unit group; where a group
        has none here, the least of all. Shape (codes,)."""
        best = self.best_of_each(scores)
        found = np.full(len(codes), scores.min(), dtype=np.float32)
        for position, code in enumerate(codes):
            if (row := self._row_of_code.get(code)) is not None:
                found[position] = best[row]
        return found

    def best_of_each(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of scores of all concepts, shape (concepts,), the best of each unit group, in their
        order."""
        return np.asarray(np.maximum.reduceat(scores, self._code_starts))

    @cached_property
    def _code_starts(self) -> NDArray[np.int64]:
        """Concepts are sorted by code."""
        return np.searchsorted(self.code_row, np.arange(self.code_row[-1] + 1))

    @cached_property
    def _row_of_code(self) -> dict[str, int]:
        return {self.concepts[start].isco_code: row for row, start in enumerate(self._code_starts)}

    @cached_property
    def _word_row(self) -> dict[str, int]:
        """Rows of `words` by code; codes are in their order there."""
        return {code: row for row, code in enumerate(sorted(self._rows))}

    @cached_property
    def _first_names(self) -> frozenset[str]:
        return frozenset(name_key(concept.label) for concept in self.concepts)

    @cached_property
    def _rows(self) -> dict[str, NDArray[np.int64]]:
        rows: dict[str, list[int]] = {}
        for row, concept in enumerate(self.concepts):
            rows.setdefault(concept.isco_code, []).append(row)
        return {code: np.array(found, dtype=np.int64) for code, found in rows.items()}

    @cached_property
    def _codes_by_name(self) -> dict[str, frozenset[str]]:
        return self._codes_by(lambda concept: concept.labels)

    @cached_property
    def _lists_by_name(self) -> dict[str, list[tuple[str, str]]]:
        """Code and list of each listed name."""
        found: dict[str, list[tuple[str, str]]] = {}
        for concept in self.concepts:
            for origin, titles in concept.listed_names:
                for title in titles:
                    found.setdefault(name_key(title), []).append((concept.isco_code, origin))
        return found

    @cached_property
    def _codes_by_everyday_name(self) -> dict[str, frozenset[str]]:
        return self._codes_by(lambda concept: concept.everyday_names)

    def _codes_by(self, names: Callable[[Concept], Sequence[str]]) -> dict[str, frozenset[str]]:
        codes: dict[str, set[str]] = {}
        for concept in self.concepts:
            for name in names(concept):
                codes.setdefault(name_key(name), set()).add(concept.isco_code)
        return {name: frozenset(found) for name, found in codes.items()}

    @staticmethod
    def of(points: Sequence[IndexedConcept], kinds: Sequence[str]) -> "ConceptIndex":
        """The index of those points, all of one language, whose concept is of one of `kinds`.

        Sorted by code and URI, because ties are broken by position and must not depend on the
        storage's order. Raises ConfigError when there is none.
        """
        chosen = [point for point in points if point.leaf.kind in kinds]
        if not chosen:
            raise ConfigError(
                f"search.kinds: the taxonomy in use holds nothing of the kind {', '.join(kinds)}"
            )
        chosen.sort(key=lambda point: (point.leaf.isco_code, point.leaf.uri))
        concepts = tuple(point.leaf for point in chosen)
        codes, code_row = np.unique([c.isco_code for c in concepts], return_inverse=True)
        sizes = [len(point.labels) for point in chosen]
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        own = np.repeat([len(concept.labels) for concept in concepts], sizes)
        is_everyday = np.arange(sum(sizes)) - np.repeat(starts, sizes) >= own
        # Points of every kind carry what is theirs of a code.
        heads = {point.leaf.isco_code: point.head for point in points if point.head is not None}
        said = {point.leaf.isco_code: point.words for point in points if point.words is not None}
        return ConceptIndex(
            concepts=concepts,
            dense=np.stack([point.dense for point in chosen]),
            names=NameVectors.of(
                np.concatenate([point.labels for point in chosen]), starts, is_everyday
            ),
            lexical=InvertedIndex.of([point.lexical for point in chosen]),
            code_row=code_row.astype(np.int64),
            classifier=(
                np.stack([heads[code] for code in codes]) if heads.keys() >= set(codes) else None
            ),
            words=(
                InvertedIndex.of([said[code] for code in codes])
                if said.keys() >= set(codes)
                else None
            ),
            titles={
                code: title for point in points for code, title in point.leaf.group_titles.items()
            },
        )
