"""Whether what was read from Qdrant is still what is in there."""

from isco.core.settings import Settings
from isco.core.store.asking import ask_in_use
from isco.core.store.in_use import InUse
from isco.retriever.searching.snapshot import state_to_keep


def stored_state(settings: Settings) -> str | None:
    """A text that differs after every change to the taxonomy in use and the labelled ads.

    Of the embedded Qdrant it is that of its folder, found without opening it; None where that is
    away. Raises UnavailableError when a server can't be reached.
    """
    if settings.qdrant.mode != "server":
        return state_to_keep(settings)
    in_use = ask_in_use(settings.qdrant) or _as_the_client_finds_it(settings)
    labelled = in_use.labelled
    return repr((in_use.key, labelled and (labelled.key, labelled.fit)))


def _as_the_client_finds_it(settings: Settings) -> InUse:
    from isco.core.store import OccupationStore

    with OccupationStore(settings, reads_only=True) as store:
        return store.in_use()
