"""Labelled ads into Qdrant, where they are searched beside the taxonomy's leaves."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from isco.core.embedding.base import Embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.errors import ConfigError, InputError
from isco.core.progress import Progress
from isco.core.records import Ad, BrokenRow
from isco.core.settings import EmbeddingSettings, Settings
from isco.core.store import (
    Groups,
    LabelledSource,
    OccupationStore,
    embedded_text,
    nothing_stored,
)
from isco.retriever.labelled.labels import LabelReader
from isco.retriever.learning.label_checks import (
    ChangedCode,
    Contradiction,
    Label,
    RefusedRow,
    contradictions,
)
from isco.retriever.learning.labelled_rows import LabelledRows
from isco.retriever.learning.title_lists import SeenTitles
from isco.retriever.reading.compression import without_suffix

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class LearnSummary:
    """What was learned of a file. `learned` ads are `new` or `replaced`; of the latter some are
    `changed` to another code, and `pages` are no job. `repeated` rows gave way to a later one of
    the same id, `uncoded` have no code yet. `embedded` and `reused` count distinct titles."""

    source: str
    learned: int
    new: int
    replaced: int
    pages: int
    repeated: int
    uncoded: int
    codes: int
    embedded: int
    reused: int
    changed: tuple[ChangedCode, ...]
    contradictions: tuple[Contradiction, ...]
    refused: tuple[RefusedRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types; of contradictions their number and the first five."""
        return {
            **asdict(self),
            "changed": [asdict(change) for change in self.changed],
            "contradictions": {
                "count": len(self.contradictions),
                "examples": [
                    {"title": found.title, "isco_codes": list(found.isco_codes)}
                    for found in self.contradictions[:EXAMPLES]
                ],
            },
            "refused": [asdict(row) for row in self.refused],
        }


def learn(
    settings: Settings,
    rows: Iterable[Ad | BrokenRow],
    source: str,
    open_embedder: Callable[[EmbeddingSettings], Embedder],
    progress: Progress,
    total: int | None = None,
    as_ads: bool = False,
    file: str = "FILE",
    named: bool = False,
    store: OccupationStore | None = None,
) -> LearnSummary:
    """Learn the labelled ads among `rows`, `total` of them if known, under the name `source`.

    All rows are checked before anything is written. An ad of the same source and id is replaced.
    Ads that were exported keep the sources that they had, unless `source` was `named` for them.
    Raises InputError for a list of titles, which is taken as names instead, unless `as_ads` says
    that they are ads; `file` is where they are, for the message. `store` is the configured one
    where it is open. Raises UnavailableError when nothing is ingested or Qdrant can't be reached,
    and ModelMismatchError when the taxonomy or the ads learned before are of another model.
    """
    embedder = open_embedder(settings.embedding)
    with OccupationStore.of(settings, store) as store:
        info, metadata = store.require_active()
        metadata.require_model(embedder.name, embedder.revision, embedder.dimension)
        concepts = store.read_concepts(info.name)
        groups = Groups.of(concepts)
        labels = LabelReader.of(concepts, settings.input.isco_code)
        labelled = store.labelled()
        known = {point: _label(payload) for point, payload in labelled.payloads().items()}
        model = labelled.model_for(metadata)
        read = LabelledRows(
            settings, labels, source, known, metadata.searched_languages, model, named
        )
        progress.start("check", total)
        for row in rows:
            read.add(row)
            progress.advance(1)
        if read.titles.are_a_list and not as_ads:
            raise InputError(_is_a_list(read.titles, source, file, metadata.taxonomy_name))
        ads = list(read.ads.values())
        embedded = reused = 0
        if ads:
            labelled.prepare(metadata)
            without = [ad for ad in ads if not ad.vector.size]
            texts = [embedded_text(ad.title, ad.description) for ad in without]
            with EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache:
                progress.start("embed titles", len(set(texts)))
                found = cache.embed_queries(texts, progress.advance)
            embedded, reused = found.embedded, found.reused
            progress.start("learn", len(ads))
            vectors = iter(found.vectors)
            ads = [ad if ad.vector.size else replace(ad, vector=next(vectors)) for ad in ads]
            with labelled.changing():
                for start in range(0, len(ads), settings.qdrant.upload_batch):
                    batch = ads[start : start + settings.qdrant.upload_batch]
                    labelled.store(batch, groups)
                    progress.advance(len(batch))
            if read.fit and not known:
                # What it was fitted on is all that there is, and the same.
                labelled.set_fit(read.fit)
    new = {ad.point_id: Label(ad.title, ad.content, ad.codes) for ad in ads}
    replaced = len(new.keys() & known.keys())
    return LearnSummary(
        source=source,
        learned=len(new),
        new=len(new) - replaced,
        replaced=replaced,
        pages=sum(not ad.is_job for ad in ads),
        repeated=read.repeated,
        uncoded=read.uncoded,
        codes=len({code for ad in ads if ad.is_job for code in ad.codes}),
        embedded=embedded,
        reused=reused,
        changed=tuple(read.changed),
        contradictions=tuple(contradictions(new, known)),
        refused=tuple(read.refused),
    )


def _is_a_list(titles: SeenTitles, source: str, file: str, taxonomy: str) -> str:
    return (
        f"{source} is a list of titles, not ads: {titles.rows} rows without a text, of "
        f"{titles.distinct} different titles. As names of the taxonomy they help; as ads they say "
        "that each title is in one group, and how sure an answer is can't be learned of them. "
        f"isco ingest --source … --names {file} takes them as names, with the source that "
        f"{taxonomy} came from; isco learn --as ads (in Python as_ads=True) learns them all the "
        "same. Nothing was learned."
    )


def source_name(path: str) -> str:
    """The name of a source that is given none: its file's, without the endings."""
    return without_suffix(Path(path).name).stem


def list_sources(settings: Settings) -> list[LabelledSource]:
    """The sources of what was learned, by name; no folder is made."""
    if nothing_stored(settings):
        return []
    with OccupationStore(settings, reads_only=True) as store:
        return store.labelled().sources()


def remove_source(settings: Settings, name: str) -> int:
    """Forget the ads of a source; how many there were.

    Raises ConfigError, naming those that there are, when there is none of that name.
    """
    names: list[str] = []
    if not nothing_stored(settings):
        with OccupationStore(settings) as store:
            labelled = store.labelled()
            names = [source.name for source in labelled.sources()]
            if name in names:
                return labelled.remove(name)
    raise ConfigError(f"no ads were learned from {name!r}; there are: {', '.join(names) or 'none'}")


def _label(payload: Mapping[str, Any]) -> Label:
    codes = (payload["isco_code"], *payload.get("also", ()))
    return Label(payload["title"], payload.get("content", ""), codes)
