"""What is served: the collection in use, its groups as a tree, and classifiers over it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from isco.core.records import Prediction, Row
from isco.core.settings import Settings
from isco.crosswalk.classified import Crossing
from isco.retriever.pipeline import Classifier
from isco.retriever.searching.search_data import SearchData
from isco.serve.groups import GroupTree

# Mixes of languages for which a classifier is kept.
_MIXES = 8


@dataclass(frozen=True)
class Loaded:
    """What is served: the collection in use, and a classifier over it. Threads may share it.

    `state` is that of what it was read from, `crossing` what mapping tables of the configuration
    add to predictions.
    """

    data: SearchData
    classifier: Classifier
    state: str | None
    crossing: Crossing | None = None
    _trees: dict[str, GroupTree] = field(default_factory=dict)
    _of_mix: dict[str, Classifier] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the taxonomy, the main one first."""
        return self.data.metadata.languages

    @property
    def crosswalks(self) -> tuple[str, ...]:
        """The names of the mapping tables."""
        return self.crossing.crosswalks.names if self.crossing else ()

    def tree(self, language: str | None = None) -> GroupTree:
        """The groups in the words of `language`, one of `languages`; of the main one for None."""
        language = language or self.languages[0]
        with self._turn:
            if language not in self._trees:
                main = self.data.index.concepts
                local = (
                    () if language == self.languages[0] else self.data.indexes[language].concepts
                )
                self._trees[language] = GroupTree.of(main, local)
            return self._trees[language]

    def classify(self, rows: Sequence[Row], settings: Settings | None) -> list[Prediction]:
        """Predictions of one chunk, in order, of a feed with those settings."""
        found = self.classifier_for(settings).classify_batch(rows)
        return self.crossing.added(found) if self.crossing else found

    def classifier_for(self, settings: Settings | None) -> Classifier:
        """The classifier, for a feed with that mix of languages if there is one."""
        if settings is None or settings.language.shares is None:
            return self.classifier
        mix = repr(sorted(settings.language.shares.items()))
        with self._turn:
            if mix not in self._of_mix:
                if len(self._of_mix) == _MIXES:
                    self._of_mix.pop(next(iter(self._of_mix)))
                self._of_mix[mix] = self.classifier.in_feed(settings)
            return self._of_mix[mix]
