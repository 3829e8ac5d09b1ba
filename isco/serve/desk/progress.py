"""How far a desk has come, and how quick its coders are. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from isco.serve.desk.entries import Standing, State


@dataclass(frozen=True, slots=True)
class Progress:
    """Ads of the queue by how far they have come; `coders` have how many each decided, and the
    median seconds of theirs."""

    ads: int
    states: Mapping[State, int]
    coders: Mapping[str, tuple[int, float | None]]

    @property
    def done(self) -> int:
        """Those that have a decision that counts."""
        return self.states.get(State.DONE, 0)


def progress_of(standings: Iterable[Standing]) -> Progress:
    """Of all ads of a queue."""
    states: dict[State, int] = {}
    times: dict[str, list[float]] = {}
    counts: dict[str, int] = {}
    for standing in standings:
        states[standing.state] = states.get(standing.state, 0) + 1
        for coder, entry in standing.by_coder.items():
            counts[coder] = counts.get(coder, 0) + 1
            if entry.seconds is not None:
                times.setdefault(coder, []).append(entry.seconds)
    coders = {
        name: (n, median(times[name]) if name in times else None)
        for name, n in sorted(counts.items())
    }
    return Progress(sum(states.values()), states, coders)
