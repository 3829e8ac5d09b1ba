"""One kind of run, killed again and again, each time at another moment."""

import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.campaign.moments import Length, Moment, watched
from tests.campaign.outcome import Outcome
from tests.campaign.place import Limits, Place

# Runs that end before their moment, one after the other, until none is thought to be killed at all.
_MOST_MISSED = 50


@dataclass(frozen=True)
class Kind:
    """What is killed: `begin` gives the command for a copy of the data folder, `check` says what is
    wrong after it was killed. Both have the data folder; a RuntimeError is a fault as well. Its
    processes must have ended `orphans_end` seconds later."""

    name: str
    begin: Callable[[Path], Sequence[str]]
    check: Callable[[Path], str | None]
    by: signal.Signals = signal.SIGKILL
    orphans_end: int = 60


def trials(place: Place, kind: Kind, limits: Limits, length: Length) -> Outcome:
    """Kill runs of that length at random moments, as far as `limits` go; those of the journal
    count."""
    outcome = limits.journal.outcome(kind.name)
    while outcome.tries < limits.tries and time.monotonic() < limits.end:
        draw = random.Random(f"{place.seed} {kind.name} {outcome.tries}")
        for _ in range(_MOST_MISSED):
            # One that had ended before its moment was not killed.
            moment = Moment.drawn(draw, length)
            data = place.copy("trial")
            killed, orphans = _killed(place, data, kind, moment)
            if killed:
                break
        else:
            outcome.count(f"{_MOST_MISSED} runs ended as if no {kind.by.name} had been sent")
            return outcome
        try:
            problem = orphans or kind.check(data)
        except RuntimeError as error:
            problem = str(error)
        limits.journal.count(outcome, problem and f"try {outcome.tries}, {moment}: {problem}")
        print(f"{kind.name}: {outcome.tries} of {limits.tries}", file=sys.stderr, flush=True)
    return outcome


def measured(place: Place, data: Path, *arguments: str) -> Length:
    """How long a run is that nobody kills. Raises RuntimeError when it fails."""
    process = place.start(data, *arguments)
    seconds, _ = watched(process)
    place.require(process.wait(0), arguments[0])
    return Length(seconds, process.operations)


def _killed(place: Place, data: Path, kind: Kind, moment: Moment) -> tuple[bool, str | None]:
    """Whether a run was killed, and which of its processes did not end then."""
    process = place.start(data, *kind.begin(data), operation=moment.operation, by=kind.by)
    _, children = watched(process, moment.seconds, kind.by)
    return process.wait(0) not in {0, 1}, _still_there(children, kind.orphans_end)


def _still_there(children: Sequence[psutil.Process], within: int) -> str | None:
    """Which of the processes do not end by themselves; they are ended then."""
    _, alive = psutil.wait_procs(children, timeout=within)
    names = " ".join(child.name() for child in alive)
    for child in alive:
        child.kill()
    return f"orphans after {within} s: {names}" if alive else None
