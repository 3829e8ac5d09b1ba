"""What people did at the desk, entry by entry, and where that leaves an ad. Pure.

Entries are only ever added. What is undone is so by a further entry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from isco.core.codes import is_code
from isco.core.store import NO_JOB
from isco.review.decisions import Verdict


class Kind(StrEnum):
    """What an entry does."""

    DECIDE = "decide"
    SKIP = "skip"
    SETTLE = "settle"
    UNDO = "undo"


class State(StrEnum):
    """How far an ad has come."""

    OPEN = "open"
    HALF = "to be coded once more"
    DISAGREED = "disagreed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Entry:
    """What `coder` did to an ad at a moment, ISO 8601, UTC.

    `said` is a code or a verdict, empty for a skip or an undo. `of` is the entry that an undo takes
    back, else the one that this was decided together with. `seconds` is how long the ad was before
    the coder; `shown` what was: candidates, the machine's answer, versions.
    """

    number: int
    at: str
    coder: str
    ad: str
    kind: Kind
    said: str = ""
    note: str = ""
    of: int | None = None
    seconds: float | None = None
    shown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lead(self) -> int:
        """The entry that stands for all that were decided together."""
        return self.number if self.of is None else self.of


@dataclass(frozen=True)
class Standing:
    """Where the entries on one ad leave it, if `needed` coders are to decide it."""

    entries: tuple[Entry, ...]
    needed: int

    @cached_property
    def live(self) -> list[Entry]:
        """Those that were not taken back."""
        undone = {entry.of for entry in self.entries if entry.kind is Kind.UNDO}
        return [
            entry
            for entry in self.entries
            if entry.kind is not Kind.UNDO and entry.number not in undone
        ]

    @cached_property
    def by_coder(self) -> dict[str, Entry]:
        """Each coder's own decision, the last one."""
        return {entry.coder: entry for entry in self.live if entry.kind is Kind.DECIDE}

    @property
    def settled(self) -> Entry | None:
        """What a third person decided of what coders disagreed on."""
        settled = [entry for entry in self.live if entry.kind is Kind.SETTLE]
        return settled[-1] if settled else None

    @cached_property
    def state(self) -> State:
        """How far it has come."""
        said = {entry.said for entry in self.by_coder.values()}
        if self.settled:
            return State.DONE
        if len(said) > 1:
            return State.DISAGREED
        if len(self.by_coder) >= self.needed:
            return State.DONE
        return State.HALF if said else State.OPEN

    @property
    def final(self) -> Entry | None:
        """The decision that counts; None while there is none."""
        if self.state is not State.DONE:
            return None
        return self.settled or next(iter(self.by_coder.values()))

    @property
    def label(self) -> str | None:
        """The code that counts, or that it is no job, as labelled ads have it; else None."""
        said = self.final.said if self.final else ""
        if said == Verdict.NOT_A_JOB:
            return NO_JOB
        return said if is_code(said) else None

    def has_skipped(self, coder: str) -> bool:
        """Whether that coder has put it off."""
        return any(entry.kind is Kind.SKIP and entry.coder == coder for entry in self.live)


def last_of(entries: Iterable[Entry], coder: str) -> list[Entry]:
    """What that coder did last and has not taken back: one entry, or all made together."""
    entries = list(entries)
    undone = {entry.of for entry in entries if entry.kind is Kind.UNDO}
    own = [
        entry
        for entry in entries
        if entry.coder == coder and entry.kind is not Kind.UNDO and entry.number not in undone
    ]
    return [entry for entry in own if entry.lead == own[-1].lead] if own else []
