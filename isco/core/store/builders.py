"""Who builds a collection, and whether they are still at work.

Of a process on this machine that can be seen; of another one only that it has said nothing for
longer than all its retries take. Clocks of machines are taken to agree to some minutes.
"""

import os
import sys
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from socket import gethostname
from typing import Any

from isco.core.settings import QdrantSettings
from isco.core.store.pauses import LONGEST_PAUSE

# Seconds after which a builder says again that it is at work, and that it may need between two
# requests.
RENEWED_EVERY = 5.0
_BETWEEN_REQUESTS = 300.0

_building_here: set[str] = set()


@dataclass(frozen=True, slots=True)
class Builder:
    """A process that builds a collection: its machine as people know it, where its number counts,
    its number, what nobody else has, and since when (ISO 8601, UTC)."""

    machine: str
    place: str
    process: int
    token: str
    since: str

    def __str__(self) -> str:
        since = datetime.fromisoformat(self.since).strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"isco ingest on {self.machine} (process {self.process}), at work since {since}"

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return asdict(self)

    @staticmethod
    def of(values: Any) -> "Builder | None":
        """The inverse of `as_dict`; None for what is none."""
        try:
            return Builder(**values)
        except TypeError:
            return None

    @property
    def order(self) -> tuple[str, str]:
        """Of two that began at once, one goes first."""
        return self.since, self.token

    @property
    def is_here(self) -> bool:
        """Whether it is this process."""
        return self.place == _place() and self.process == os.getpid()


def begin_building(moment: str) -> Builder:
    """This process as a builder, from that moment until `end_building`."""
    builder = Builder(gethostname(), _place(), os.getpid(), uuid.uuid4().hex, moment)
    _building_here.add(builder.token)
    return builder


def end_building(builder: Builder) -> None:
    """It is done, or has failed."""
    _building_here.discard(builder.token)


def at_work(builder: Builder, renewed: str, settings: QdrantSettings, now: datetime) -> bool:
    """Whether a builder that said so last at `renewed` may still be building `now`."""
    if builder.is_here:
        return builder.token in _building_here
    if builder.place == _place() and not _may_run(builder.process):
        return False
    said = datetime.fromisoformat(renewed)
    return now - said < timedelta(seconds=patience(settings))


def patience(settings: QdrantSettings) -> float:
    """Seconds that a builder may say nothing: as long as one request takes with all its retries."""
    answers = (settings.retries + 1) * settings.timeout
    return answers + settings.retries * LONGEST_PAUSE + RENEWED_EVERY + _BETWEEN_REQUESTS


def _place() -> str:
    """Where numbers of processes count: this machine since it was started, or a container there."""
    namespace, boot = Path("/proc/self/ns/pid"), Path("/proc/sys/kernel/random/boot_id")
    try:
        return f"{boot.read_text().strip()} {namespace.readlink()}"
    except OSError:
        return f"{gethostname()} {uuid.getnode():x}"


def _may_run(process: int) -> bool:
    """Whether a process of that number may be there. Windows can't be asked without harm."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
