"""One ingest at a time: what killed ones left is cleared, and one that is at work is waited for."""

import logging
import time

from isco.core.errors import AtWorkError
from isco.core.progress import Progress
from isco.core.store import OccupationStore

# Seconds from one look at another ingest to the next.
_LOOKED_EVERY = 2.0
# Told on standard error by the command line.
_LOG = logging.getLogger("isco.notes")


def clear_leftovers(store: OccupationStore, wait: bool, progress: Progress) -> None:
    """Delete what killed ingests left. While another one is at work, `wait` until it has ended.

    Raises AtWorkError, which says who is at work since when, if it is not to be waited for.
    """
    waiting = False
    while True:
        try:
            store.clear_leftovers()
            return
        except AtWorkError as error:
            if not wait:
                raise
            if not waiting:
                _LOG.info(f"waiting: {error}")
                progress.start("wait", None)
            waiting = True
        time.sleep(_LOOKED_EVERY)
