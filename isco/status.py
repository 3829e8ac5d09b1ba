"""The state of an installation, found out without changing it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from isco.core import __version__
from isco.core.embedding import open_embedder
from isco.core.errors import IscoError, next_step
from isco.core.settings import Settings
from isco.core.store import (
    CollectionInfo,
    LabelledSource,
    OccupationStore,
    nothing_stored,
    qdrant_place,
)
from isco.retriever.llm_stages import LlmStatus, find_llm_status
from isco.retriever.preparing.language import language_name

_ALL = "all"
_EMBEDDED = {
    _ALL: "all names and documents",
    "main_labels": "what occupations are called first, in the main language (main_labels)",
}


@dataclass(frozen=True, slots=True)
class ConfiguredTable:
    """A mapping table of the configuration; of a scale the targets are numbers."""

    name: str
    file: str
    links: int
    is_scale: bool


@dataclass(frozen=True, slots=True)
class Status:
    """`problems` says what stands in the way, `next_step` what to do; `ready` when nothing does.

    `embedded` and `to_embed` say what of the taxonomy is embedded, and what the next ingest would:
    "all" or "main_labels". `crosswalks` are the mapping tables that are added to predictions.
    """

    ready: bool
    data: str
    qdrant: str
    qdrant_reachable: bool
    embedding: str
    embedding_loads: bool
    collection: str | None
    taxonomy: str | None
    points: int | None
    codes: int | None
    languages: tuple[str, ...]
    collections: tuple[str, ...]
    problems: tuple[str, ...]
    next_step: str
    notice: str | None
    llm: LlmStatus
    embedded: str | None
    to_embed: str
    labelled: tuple[LabelledSource, ...] = ()
    crosswalks: tuple[ConfiguredTable, ...] = ()
    software: str = __version__

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return asdict(self)

    def as_text(self) -> str:
        """For people, one fact a line."""
        lines = [
            f"isco        {self.software}",
            f"data        {self.data}",
            f"qdrant      {self.qdrant}: {'' if self.qdrant_reachable else 'NOT '}reachable",
            f"embedding   {self.embedding}: {'loads' if self.embedding_loads else 'does NOT load'}",
            f"taxonomy    {self.taxonomy or 'none ingested'}",
        ]
        if self.collection:
            lines.append(
                f"collection  {self.collection} ({self.points} points, {self.codes} codes)"
            )
            lines.append(f"embedded    {_EMBEDDED[self.embedded or _ALL]}")
            if self.to_embed != self.embedded:
                lines.append(f"            the next ingest: {_EMBEDDED[self.to_embed]}")
        if self.languages:
            lines.append(f"languages   {', '.join(map(language_name, self.languages))}")
        others = [name for name in self.collections if name != self.collection]
        lines += [f"also stored {name}" for name in others]
        lines += [
            f"labelled    {source.name} ({source.ads} ads, {source.codes} codes"
            f"{f', {source.obsolete} obsolete' if source.obsolete else ''})"
            for source in self.labelled
        ]
        lines += [
            f"crosswalk   {table.name}: {table.file} ({table.links} "
            f"{'values' if table.is_scale else 'links'})"
            for table in self.crosswalks
        ]
        lines.append(f"LLM         {self.llm.choice}")
        lines += [f"problem     {problem}" for problem in self.problems]
        lines.append(f"next        {self.next_step}")
        return "\n".join(lines)


def find_status(settings: Settings) -> Status:
    """Look at Qdrant and the models as they are. Raises nothing of what it finds missing."""
    settings = settings.model_copy(
        update={"qdrant": settings.qdrant.model_copy(update={"retries": 0})}
    )
    problems: list[str] = []
    active: CollectionInfo | None = None
    collections: list[CollectionInfo] = []
    labelled: list[LabelledSource] = []
    reachable = False
    if nothing_stored(settings):
        reachable = True
    else:
        try:
            with OccupationStore(settings, reads_only=True) as store:
                active, collections = store.active(), store.collections()
                labelled = store.labelled().sources()
                reachable = True
                if active:
                    store.labelled().require_model(store.require_active()[1])
        except IscoError as error:
            problems.append(str(error))
    name, loads = settings.embedding.model or settings.embedding.backend, False
    metadata = active.metadata if active else None
    try:
        embedder = open_embedder(settings.embedding)
        name, loads = f"{embedder.name}@{embedder.revision}", True
        if metadata:
            metadata.require_model(embedder.name, embedder.revision, embedder.dimension)
    except IscoError as error:
        problems.append(str(error))
    llm = find_llm_status(settings)
    if llm.problem:
        problems.append(llm.problem)
    crosswalks: tuple[ConfiguredTable, ...] = ()
    try:
        crosswalks = _configured_tables(settings)
    except IscoError as error:
        problems.append(str(error))
    return Status(
        ready=not problems and active is not None,
        data=str(settings.data_dir),
        qdrant=qdrant_place(settings),
        qdrant_reachable=reachable,
        embedding=name,
        embedding_loads=loads,
        collection=active.name if active else None,
        taxonomy=metadata.taxonomy_name if metadata else None,
        points=active.points if active else None,
        codes=metadata.codes if metadata else None,
        languages=metadata.languages if metadata else (),
        collections=tuple(info.name for info in collections),
        problems=tuple(problems),
        next_step=_next_step(settings, problems, active),
        notice=metadata.notice if metadata else None,
        llm=llm,
        embedded=metadata.embed if metadata else None,
        to_embed=settings.taxonomy.embed,
        labelled=tuple(labelled),
        crosswalks=crosswalks,
    )


def _configured_tables(settings: Settings) -> tuple[ConfiguredTable, ...]:
    if not settings.crosswalks:
        return ()
    from isco.crosswalk.crosswalks import read_tables

    return tuple(
        ConfiguredTable(table.name, table.file, len(table.links), table.is_scale)
        for table in read_tables(settings.crosswalks)
    )


def _next_step(settings: Settings, problems: Sequence[str], active: CollectionInfo | None) -> str:
    """What the first problem asks for; without one, what comes next on the way to codes."""
    if problems:
        return next_step(problems[0]) or "see to the problem above"
    if settings.qdrant.mode == "memory":
        return "set qdrant.mode to local or server: what is in memory ends with each command"
    if active is None:
        return "isco ingest, or isco ingest --source PATH with an ESCO download"
    return "isco classify ADS -o OUT"
