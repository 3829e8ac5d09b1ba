"""Pairs of texts that belong to one occupation, drawn at random."""

import random
import re
from dataclasses import dataclass
from itertools import groupby

from isco.core.embedding.openvino import DOCUMENT, QUERY
from isco.training.material import LabelledText, Material, Occupation
from isco.training.noise import noisy

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_MOST_CHARACTERS = 160
# How often what meets what; the rest are names of any language with names of any.
_TEXTS, _DOCUMENTS, _MAIN, _TO_MAIN = 0.12, 0.08, 0.2, 0.42
_SKILLS = 0.4
# Languages that write many words as one are read in pieces that say little: they come more often.
_OFTENER = {"de": 3.0, "nl": 3.0, "da": 1.5, "fi": 1.5, "hu": 1.5, "no": 1.5, "sv": 1.5}
# How often what is meant is another occupation of the same unit group.
_GROUP = 0.1


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts with their prompts: what an ad says, what the taxonomy does."""

    said: str
    meant: str
    uri: str
    isco_code: str


class PairSampler:
    """Draws pairs of `material`, each occupation as often as any. All chance is that of `rng`."""

    def __init__(self, material: Material, rng: random.Random) -> None:
        self._rng = rng
        self._main = material.main
        self._labelled = material.labelled
        self._occupations = material.occupations
        by_code = sorted(material.occupations, key=lambda one: one.isco_code)
        self._by_code = {
            code: list(same) for code, same in groupby(by_code, key=lambda one: one.isco_code)
        }

    def batch(self, size: int) -> list[Pair]:
        """`size` pairs, and one more of a labelled text in eight where there are any."""
        pairs = list(map(self._pair, self._rng.choices(self._occupations, k=size)))
        labelled = self._rng.choices(self._labelled, k=size // 8) if self._labelled else []
        known = [one for one in labelled if one.isco_code in self._by_code]
        return pairs + list(map(self._of_labelled, known))

    def _pair(self, one: Occupation) -> Pair:
        kind = self._rng.random()
        other = one
        if self._rng.random() < _GROUP:
            other = self._rng.choice(self._by_code[one.isco_code])
        if kind < _TEXTS and one.description:
            said, meant = QUERY + self._text(one), self._main_text(other)
        elif kind < _TEXTS + _DOCUMENTS:
            said, meant = QUERY + self._noisy_name(one), self._document(other)
        elif kind < _TEXTS + _DOCUMENTS + _MAIN:
            said = QUERY + self._noisy_name(one, self._main)
            meant = QUERY + self._name(other, self._main)
        elif kind < _TEXTS + _DOCUMENTS + _MAIN + _TO_MAIN:
            said, meant = QUERY + self._noisy_name(one), QUERY + self._name(other, self._main)
        else:
            said, meant = QUERY + self._noisy_name(one), QUERY + self._any_name(other)
        return Pair(said, meant, one.uri, one.isco_code)

    def _of_labelled(self, labelled: LabelledText) -> Pair:
        one = self._rng.choice(self._by_code[labelled.isco_code])
        meant = QUERY + self._name(one, self._main)
        return Pair(QUERY + labelled.text[:_MOST_CHARACTERS], meant, one.uri, one.isco_code)

    def _language(self, one: Occupation) -> str:
        weights = [_OFTENER.get(language, 1.0) for language in one.names]
        return self._rng.choices(list(one.names), weights)[0]

    def _name(self, one: Occupation, language: str) -> str:
        return self._rng.choice(one.names.get(language) or one.names[self._main])

    def _any_name(self, one: Occupation) -> str:
        return self._name(one, self._language(one))

    def _noisy_name(self, one: Occupation, language: str | None = None) -> str:
        language = language or self._language(one)
        return noisy(self._name(one, language), language, self._rng)

    def _document(self, one: Occupation) -> str:
        described = one.description[:_MOST_CHARACTERS]
        return (
            f"{DOCUMENT}{one.names[self._main][0]}. {described}"
            if described
            else (QUERY + self._name(one, self._main))
        )

    def _main_text(self, one: Occupation) -> str:
        """What a text is held against: most often a name, else the document."""
        return (
            self._document(one) if self._rng.random() < 0.3 else QUERY + self._name(one, self._main)
        )

    def _text(self, one: Occupation) -> str:
        """Some sentences of what is done, or some skills; in half the cases behind a name."""
        if one.skills and self._rng.random() < _SKILLS:
            parts = self._rng.sample(one.skills, min(5, len(one.skills)))
            text = ". ".join(parts)
        else:
            sentences = _SENTENCE_END.split(one.description)
            first = self._rng.randrange(len(sentences))
            text = " ".join(sentences[first : first + 2])
        title = f"{self._noisy_name(one)}. " if self._rng.random() < 0.5 else ""
        return title + text[:_MOST_CHARACTERS]
