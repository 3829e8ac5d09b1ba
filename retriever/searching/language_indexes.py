"""The taxonomy's concepts in each of its languages, those that no ad needs left where they are."""

from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import Any

from isco.retriever.searching.index import ConceptIndex

Load = Callable[[str], ConceptIndex]


class LanguageIndexes(Mapping[str, ConceptIndex]):
    """An index a language, by its code, the main one first.

    Those that are not in memory are had from `load` when they are first asked for, which raises
    UnavailableError when it can't. Threads may share it. Sent to another process it takes the main
    language along, and the others where nothing can load them there.
    """

    def __init__(
        self,
        languages: tuple[str, ...],
        loaded: Mapping[str, ConceptIndex],
        load: Load | None = None,
    ) -> None:
        self._languages = languages
        self._loaded = dict(loaded)
        self._load = load
        self._turn = RLock()

    def __getitem__(self, language: str) -> ConceptIndex:
        if language not in self._languages:
            raise KeyError(language)
        with self._turn:
            if language not in self._loaded:
                assert self._load is not None
                self._loaded[language] = self._load(language)
            return self._loaded[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._languages)

    def __len__(self) -> int:
        return len(self._languages)

    def unloaded(self) -> "LanguageIndexes":
        """The same without any that can be loaded anew, to be sent to a process beside this one:
        what is kept on this machine is shared when each loads it, and copied when it is sent."""
        return LanguageIndexes(self._languages, {}, self._load) if self._load else self

    def __reduce__(self) -> tuple[Any, ...]:
        sent = self._loaded
        if self._load:
            sent = {code: index for code, index in sent.items() if code == self._languages[0]}
        return LanguageIndexes, (self._languages, sent, self._load)
