"""What a run needs of Qdrant: from where it is kept, or else read, and kept."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from isco.core.embedding.base import Embedder
from isco.core.embedding.identity import ModelIdentity
from isco.core.errors import UnavailableError
from isco.core.settings import Settings
from isco.core.store import CollectionMetadata, LabelledAd
from isco.core.store.in_use import InUse
from isco.retriever.searching.language_indexes import LanguageIndexes
from isco.retriever.searching.reading_indexes import (
    asked_indexes,
    kept_indexes,
    read_indexes,
)
from isco.retriever.searching.search_data import SearchData
from isco.retriever.searching.snapshot import (
    earlier_labelled,
    keep_labelled,
    keeps_snapshots,
    load_labelled,
    recall,
    remember,
    state_to_keep,
)

if TYPE_CHECKING:
    from isco.core.store import OccupationStore


def read_search_data(settings: Settings, model: Embedder | ModelIdentity) -> SearchData:
    """The collection in use, and the labelled ads that belong to it.

    What was read before and is the same is not read again; an embedded Qdrant is left closed while
    its folder is as it was then. Raises UnavailableError when nothing is ingested or Qdrant can't
    be reached, ModelMismatchError when the collection was built with another embedding model than
    `model`.
    """

    def accept(metadata: CollectionMetadata) -> None:
        metadata.require_model(model.name, model.revision, model.dimension)

    data = _recalled(settings, accept) or _read_qdrant(settings, accept)
    return _with_ridge(data, settings) if data.jobs else data


def _recalled(
    settings: Settings, accept: Callable[[CollectionMetadata], None]
) -> SearchData | None:
    """What is kept of what is in use, or None where that is not all of it.

    An embedded Qdrant is not opened for it, but its folder must be as it was; a server is asked
    without its client, for a taxonomy that is not kept as well.
    """
    on_server = settings.qdrant.mode == "server"
    if on_server:
        from isco.core.store.asking import ask_in_use

        in_use = ask_in_use(settings.qdrant)
    else:
        in_use = recall(settings, state_to_keep(settings))
    if in_use is None:
        return None
    accept(in_use.metadata)
    indexes = kept_indexes(settings, in_use)
    if indexes is None and on_server:
        indexes = asked_indexes(settings, in_use)
    if indexes is None or (in_use.labelled and in_use.labelled.changing):
        return None
    labelled = load_labelled(settings, in_use.labelled) if in_use.labelled else ()
    return None if labelled is None else _data(in_use, indexes, labelled)


def _with_ridge(data: SearchData, settings: Settings) -> SearchData:
    """Read, or fitted, once for all workers."""
    from isco.retriever.labelled.kept_ridge import open_ridge

    mean_name = data.index.mean_name if settings.search.centre else None
    ridge = open_ridge(settings, data.jobs, data.index.titles, mean_name)
    return replace(data, ridge=ridge)


def _read_qdrant(settings: Settings, accept: Callable[[CollectionMetadata], None]) -> SearchData:
    from isco.core.store import OccupationStore

    try:
        store = OccupationStore(settings, reads_only=True)
    except UnavailableError:
        # Whoever has the folder may have kept what this one waited for.
        kept = _recalled(settings, accept)
        if kept is None:
            raise
        return kept
    with store:
        return read_store(store, settings, accept)


def keep_search_data(settings: Settings, store: "OccupationStore") -> None:
    """Keep what an embedded store that is open has for a run: the next command leaves it closed."""
    if keeps_snapshots(settings) and not store.on_server:
        read_store(store, settings, lambda _: None)


def read_store(
    store: "OccupationStore", settings: Settings, accept: Callable[[CollectionMetadata], None]
) -> SearchData:
    """What a store that is open has for a run; `accept` may refuse its collection by raising.

    What is kept already is not read. Of a server's languages all but the main one are read when an
    ad needs them.
    """
    state = state_to_keep(settings)
    while True:
        in_use = store.in_use()
        accept(in_use.metadata)
        try:
            indexes = read_indexes(store, settings, in_use)
            # What a key reaches by the alias alone may have become another in the middle.
            if store.is_in_use(in_use.collection):
                break
        except UnavailableError:
            # It may have been pruned in the middle: the next is read.
            if store.is_in_use(in_use.collection):
                raise
    labelled = _labelled(store, settings, in_use)
    if state is not None and state == state_to_keep(settings):
        remember(settings, state, in_use)
    return _data(in_use, indexes, labelled)


def _labelled(
    store: "OccupationStore", settings: Settings, in_use: InUse
) -> tuple[LabelledAd, ...]:
    said = in_use.labelled
    if said is None:
        return ()
    steady = keeps_snapshots(settings) and not said.changing
    kept = load_labelled(settings, said) if steady else None
    if kept is not None:
        return kept
    labelled = store.labelled()
    # An embedded Qdrant has read all of them already.
    earlier = earlier_labelled(settings, said) if steady and store.on_server else ()
    ads = tuple(labelled.read(in_use.metadata, earlier, said.collection))
    if steady:
        now = labelled.state(in_use.metadata)
        if now and not now.changing and now.key == said.key:
            keep_labelled(settings, said, ads)
    return ads


def _data(in_use: InUse, indexes: LanguageIndexes, labelled: tuple[LabelledAd, ...]) -> SearchData:
    fit = in_use.labelled.fit if in_use.labelled and labelled else None
    return SearchData(indexes, in_use.metadata, labelled, fit)
