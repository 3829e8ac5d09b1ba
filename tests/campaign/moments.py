"""When a run is killed: after a share of its CPU time, or at one of its operations on files.

Both are drawn uniformly over the whole of a run that nobody kills, and neither depends on what else
the machine has to do.
"""

import contextlib
import os
import random
import signal
from dataclasses import dataclass

import psutil

from tests.campaign.processes import Forked, Started

# Seconds between two looks at a process, and in which one that was told to end must have ended.
_LOOKS = 0.02
_ENDS = 60


@dataclass(frozen=True)
class Length:
    """How long a whole run is: CPU `seconds` of all its processes, `operations` on files."""

    seconds: float
    operations: int


@dataclass(frozen=True)
class Moment:
    """After so many CPU `seconds`, or, without, at the start of an `operation`."""

    seconds: float | None = None
    operation: int = 0

    @staticmethod
    def drawn(draw: random.Random, length: Length) -> "Moment":
        """One of a run of that length; where its operations are known, one of these as often."""
        if length.operations and draw.random() < 0.5:
            return Moment(operation=draw.randint(1, length.operations))
        return Moment(draw.uniform(0.0, length.seconds))

    def __str__(self) -> str:
        if self.seconds is None:
            return f"at operation {self.operation}"
        return f"after {self.seconds:.2f} s of CPU"


def watched(
    process: Forked | Started, seconds: float | None = None, by: signal.Signals = signal.SIGKILL
) -> tuple[float, list[psutil.Process]]:
    """Wait for the end of a process; after so many CPU `seconds` it is ended by a signal.

    The CPU seconds that all its processes had taken when they were last seen, and those that it
    had started.
    """
    taken, children = 0.0, dict[int, psutil.Process]()
    while process.wait(_LOOKS) is None:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            top = psutil.Process(process.pid)
            children |= {child.pid: child for child in top.children(recursive=True)}
            taken = max(taken, sum(map(_seconds, (top, *children.values()))))
            if seconds is not None and taken >= seconds:
                os.kill(process.pid, by)
                process.wait(_ENDS)
                break
    return taken, list(children.values())


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
