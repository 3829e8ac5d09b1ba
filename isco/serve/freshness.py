"""Whether what was read from Qdrant is still what is in there."""

from isco.core.settings import Settings
from isco.core.store import OccupationStore
from isco.retriever.searching.snapshot import state_to_keep


def stored_state(settings: Settings) -> str | None:
    """A text that differs after every change to the taxonomy in use and the labelled ads.

    Of the embedded Qdrant it is that of its folder, found without opening it; None where that is
    away. A server tells which collections are in use, how many ads are learned and what is fitted
    on them: a single code that another process corrects there shows with the next fit. Raises
    UnavailableError when a server can't be reached.
    """
    if settings.qdrant.mode != "server":
        return state_to_keep(settings)
    with OccupationStore(settings, reads_only=True) as store:
        active = store.active()
        return repr((active and active.name, store.labelled().state()))
