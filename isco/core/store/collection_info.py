"""Which collections there are, which is in use, which to go back to, and what may go. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from isco.core.errors import ConfigError, UnavailableError
from isco.core.settings import QdrantSettings
from isco.core.store.builders import Builder, at_work
from isco.core.store.metadata import BUILDING, READY, CollectionMetadata

_STAMP = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection as found. `metadata` is None when something else made it.

    `alias` is the one that it was built for, `made` and `activated` are when it was made and last
    put into use (ISO 8601, UTC). Collections of earlier releases know none; they count as having
    been in use. `builder` is who builds or built it, and said so last when it was `renewed`.
    """

    name: str
    points: int
    state: str | None
    in_use: bool
    metadata: CollectionMetadata | None
    alias: str | None = None
    activated: str | None = None
    made: str | None = None
    builder: Builder | None = None
    renewed: str | None = None

    @property
    def stamp(self) -> str:
        """The moment of its making as its name tells it; sorts by time."""
        return self.name.rsplit("__", 1)[-1]

    @property
    def created(self) -> datetime | None:
        """The moment of its making, UTC; None when the name does not tell."""
        try:
            return datetime.strptime(f"{self.stamp}000", _STAMP).replace(tzinfo=UTC)
        except ValueError:
            return None

    @property
    def whole(self) -> bool:
        """Whether it was verified and still holds what was verified."""
        return (
            self.metadata is not None
            and self.state == READY
            and self.points == self.metadata.points
        )

    @property
    def served(self) -> bool:
        """Whether it has been in use."""
        return self.in_use or self.activated is not None or self.alias is None

    @property
    def left_over(self) -> bool:
        """Whether a killed ingest left it: unfinished, never used, or already losing its points."""
        if self.in_use or self.state == BUILDING:
            return not self.in_use
        known = self.state == READY and self.metadata is not None
        return known and not (self.whole and self.served)

    @property
    def last_served(self) -> str:
        """When it was last put into use; when made, if it does not know. Sorts by time."""
        return _digits(self.activated) if self.activated else _digits(self.stamp)

    def built_for(self, alias: str) -> bool:
        """Whether `alias` may dispose of it."""
        return self.alias in (None, alias)


@dataclass(frozen=True, slots=True)
class Switch:
    """The alias moved from `before`, None when it pointed at nothing, to `after`; the same when
    there was nothing to do."""

    before: CollectionInfo | None
    after: CollectionInfo


def unfinished(unused: Sequence[CollectionInfo], alias: str) -> list[CollectionInfo]:
    """Those that an ingest into `alias` left when it was killed, or is building.

    `unused` are collections that no alias points at. What no ingest of this project made, or one
    into another alias, is not among them.
    """
    return [info for info in unused if info.built_for(alias) and info.left_over]


def being_built(
    unfinished_: Sequence[CollectionInfo], settings: QdrantSettings, before: Builder | None = None
) -> CollectionInfo | None:
    """The first of the unfinished ones whose builder may be at work; with `before`, whose builder
    began earlier than that one."""
    for info in unfinished_:
        builder = info.builder
        if builder is None or (before and builder.order >= before.order):
            continue
        if at_work(builder, info.renewed or builder.since, settings, datetime.now(UTC)):
            return info
    return None


def superseded(unused: Sequence[CollectionInfo], alias: str, keep: int) -> list[str]:
    """Names of the finished collections of `alias` beyond the `keep` that were last in use."""
    finished = [
        info
        for info in unused
        if info.state == READY and info.built_for(alias) and not info.left_over
    ]
    return [
        info.name for info in sorted(finished, key=lambda i: i.last_served, reverse=True)[keep:]
    ]


def choose(
    current: CollectionInfo | None,
    collections: Sequence[CollectionInfo],
    alias: str,
    to: str | None,
) -> CollectionInfo:
    """The collection to go back to: `to`, or the one that was in use before `current`.

    Only older ones count, so that going back twice does not come back. Raises ConfigError when
    `to` is none that can be used, UnavailableError when there is nothing to go back to.
    """
    usable = [info for info in collections if info.whole]
    if to is not None:
        found = next((info for info in usable if info.name == to), None)
        if found is None:
            names = ", ".join(info.name for info in usable) or "none"
            raise ConfigError(f"there is no version {to!r} that can be used; there are: {names}")
        return found
    served = [info for info in usable if info.served and info.built_for(alias)]
    older = [info for info in served if current is None or info.stamp < current.stamp]
    if not older and current is None:
        raise UnavailableError("there is nothing to go back to: run isco ingest")
    if not older and current:
        newer = [info.name for info in usable if info.stamp > current.stamp]
        hint = f"; isco rollback --to {newer[0]} goes forward" if newer else ""
        raise UnavailableError(
            f"there is nothing to go back to: {current.name} is the oldest version kept{hint}"
        )
    return max(older, key=lambda info: info.last_served)


def info_of(name: str, points: int, payload: dict[str, Any] | None, in_use: bool) -> CollectionInfo:
    """What a collection's metadata, kept as `bookkeeping` has it, tell of it."""
    kept = payload or {}
    return CollectionInfo(
        name=name,
        points=points,
        state=kept.get("state"),
        in_use=in_use,
        metadata=CollectionMetadata.from_payload(payload),
        alias=kept.get("alias"),
        activated=kept.get("activated"),
        made=kept.get("made"),
        builder=Builder.of(kept.get("builder")),
        renewed=kept.get("renewed"),
    )


def bookkeeping(
    name: str,
    metadata: CollectionMetadata,
    state: str,
    alias: str,
    made: str | None,
    activated: str | None = None,
) -> dict[str, Any]:
    """All metadata of a collection at once: servers may replace the whole.

    Its own `name` is for those who reach it by the alias alone.
    """
    kept = {**metadata.to_payload(state), "alias": alias, "name": name, "made": made}
    return {**kept, "activated": activated} if activated else kept


def moment() -> str:
    """Now, ISO 8601, UTC, to the microsecond, so that two never are alike."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _digits(moment_: str) -> str:
    """Year to microsecond, as far as they are given."""
    return "".join(filter(str.isdigit, moment_))[:20]
