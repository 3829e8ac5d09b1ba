"""The taxonomy in use as indexes: those that are kept, or else read, and kept."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isco.core.records import Kind
from isco.core.settings import Settings
from isco.core.store.in_use import InUse
from isco.core.store.place import qdrant_place
from isco.core.store.points import IndexedConcept
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.language_indexes import LanguageIndexes
from isco.retriever.searching.snapshot import keep_indexes, keeps_snapshots, load_indexes

if TYPE_CHECKING:
    from isco.core.store import OccupationStore

# Told on standard error by the command line.
_LOG = logging.getLogger("isco.notes")


def kept_indexes(settings: Settings, in_use: InUse) -> LanguageIndexes | None:
    """What is kept; None where the main language is not."""
    if not keeps_snapshots(settings):
        return None
    return load_indexes(settings, in_use, _FromQdrant(settings, in_use))


def asked_indexes(settings: Settings, in_use: InUse) -> LanguageIndexes | None:
    """The main language as a server sends it without its client; None where it can't be had so."""
    from isco.core.store.asking import ask_indexed

    if not settings.qdrant.over_rest:
        return None
    _tell_reading(settings, in_use)
    points = ask_indexed(settings.qdrant, in_use.collection, in_use.metadata.languages[0])
    return _keep(settings, in_use, points) if points else None


def read_indexes(store: "OccupationStore", settings: Settings, in_use: InUse) -> LanguageIndexes:
    """What is kept, or what an open store has: of a server the main language alone.

    An embedded store has read all of its points already.
    """
    kept = kept_indexes(settings, in_use)
    if kept is not None:
        return kept
    if not store.on_server:
        return _keep(settings, in_use, store.read_indexed(in_use.collection))
    _tell_reading(settings, in_use)
    main = in_use.metadata.languages[0]
    return _keep(settings, in_use, store.read_indexed(in_use.collection, main))


def _keep(settings: Settings, in_use: InUse, points: Sequence[IndexedConcept]) -> LanguageIndexes:
    languages = in_use.metadata.searched_languages
    found = {
        language: ConceptIndex.of(some, _kinds(settings, in_use, language))
        for language in languages
        if (some := [point for point in points if point.leaf.language == language])
    }
    if keeps_snapshots(settings):
        keep_indexes(settings, in_use, found)
    load = _FromQdrant(settings, in_use) if settings.qdrant.mode == "server" else None
    # What no ad needs leaves the memory again.
    return kept_indexes(settings, in_use) or LanguageIndexes(languages, found, load)


def _kinds(settings: Settings, in_use: InUse, language: str) -> Sequence[str]:
    """What is searched of a language: of one with everyday names alone, all that has them."""
    return tuple(Kind) if language in in_use.metadata.everyday_languages else settings.search.kinds


def _tell_reading(settings: Settings, in_use: InUse) -> None:
    _LOG.info(
        f"reading {in_use.metadata.taxonomy_name} ({in_use.points} points) from "
        f"{qdrant_place(settings)}; it is kept for the next time"
    )


@dataclass(frozen=True)
class _FromQdrant:
    """Loads a language from the collection in use."""

    settings: Settings
    in_use: InUse

    def __call__(self, language: str) -> ConceptIndex:
        kinds = _kinds(self.settings, self.in_use, language)
        return ConceptIndex.of(self._points(language), kinds)

    def _points(self, language: str) -> Sequence[IndexedConcept]:
        from isco.core.store.asking import ask_indexed

        collection = self.in_use.collection
        asked = ask_indexed(self.settings.qdrant, collection, language)
        if asked is not None:
            return asked
        from isco.core.store import OccupationStore

        with OccupationStore(self.settings, reads_only=True) as store:
            # Where it is reached by the alias alone, that is found out by this.
            store.is_in_use(collection)
            return store.read_indexed(collection, language)
