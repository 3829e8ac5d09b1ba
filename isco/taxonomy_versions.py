"""The versions of the taxonomy that are stored, and the way back to one of them."""

from dataclasses import asdict, dataclass
from typing import Any

from isco.core.errors import UnavailableError
from isco.core.settings import Settings
from isco.core.store import CollectionInfo, OccupationStore, nothing_stored, qdrant_place


@dataclass(frozen=True, slots=True)
class Version:
    """A collection for people. `state` is "ready", "building", "left over" or "foreign"; what is
    not known of a foreign one is None. `lists` of titles have so many names there. Moments are ISO
    8601, UTC."""

    collection: str
    taxonomy: str | None
    version: str | None
    language: str | None
    model: str | None
    model_revision: str | None
    created: str | None
    activated: str | None
    points: int
    state: str
    in_use: bool
    lists: dict[str, int]

    @staticmethod
    def of(info: CollectionInfo, at_work: bool = False) -> "Version":
        """What a collection says of itself; `at_work` when its builder is."""
        metadata = info.metadata
        unfinished = "building" if at_work else "left over"
        state = unfinished if info.left_over else info.state if metadata else "foreign"
        return Version(
            collection=info.name,
            taxonomy=metadata.taxonomy if metadata else None,
            version=metadata.taxonomy_version if metadata else None,
            language=metadata.language if metadata else None,
            model=metadata.model if metadata else None,
            model_revision=metadata.model_revision if metadata else None,
            created=info.created.isoformat(timespec="milliseconds") if info.created else None,
            activated=info.activated,
            points=info.points,
            state=state or "foreign",
            in_use=info.in_use,
            lists=dict(metadata.lists) if metadata else {},
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return asdict(self)

    @property
    def title(self) -> str:
        """ "ESCO v1.2.1 en, made 2026-01-02 03:04"."""
        made = f", made {self.date}" if self.date else ""
        named = " ".join(filter(None, (self.taxonomy, self.version, self.language)))
        return f"{named or self.collection}{made}"

    @property
    def embedding(self) -> str:
        """Model and revision in one."""
        return f"{self.model}@{self.model_revision}"

    @property
    def date(self) -> str:
        """When it was made, to the minute, UTC."""
        return (self.created or "")[:16].replace("T", " ")


def find_versions(settings: Settings) -> list[Version]:
    """Every version in Qdrant, the newest first; nothing is changed, no folder made.

    Raises UnavailableError when Qdrant can't be reached.
    """
    if nothing_stored(settings):
        return []
    with OccupationStore(settings, reads_only=True) as store:
        return [Version.of(info, store.is_being_built(info)) for info in store.collections()]


def roll_back(settings: Settings, to: str | None = None) -> tuple[Version | None, Version]:
    """Put the version in use before, or the collection `to`, into use: (from, to), alike when
    `to` is in use already, from None when nothing was.

    Raises ConfigError when `to` is none that can be used, UnavailableError when there is nothing
    to go back to or Qdrant can't be reached.
    """
    if nothing_stored(settings):
        raise UnavailableError(
            f"there is nothing to go back to: {qdrant_place(settings)} does not exist; "
            "run isco ingest"
        )
    with OccupationStore(settings) as store:
        switch = store.rollback(to)
    return Version.of(switch.before) if switch.before else None, Version.of(switch.after)
