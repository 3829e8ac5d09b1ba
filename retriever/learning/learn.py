"""Labelled ads into Qdrant, where they are searched beside the taxonomy's leaves."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from isco.core.calibration import Calibration
from isco.core.embedding.base import Embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.errors import ConfigError
from isco.core.progress import Progress
from isco.core.records import Ad, BrokenRow, Concept
from isco.core.settings import EmbeddingSettings, Settings
from isco.core.store import (
    LabelledAd,
    LabelledSource,
    OccupationStore,
    embedded_text,
    nothing_stored,
)
from isco.retriever.factory import make_classifier, read_store
from isco.retriever.learning.label_checks import (
    ChangedCode,
    Contradiction,
    Label,
    RefusedRow,
    content_id,
    contradictions,
    unit_group,
)
from isco.retriever.learning.labelled_calibration import MOST, calibrate_on_labelled
from isco.retriever.preparing.preprocessor import Preprocessor

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class LearnSummary:
    """What was learned of a file. `learned` ads are `new` or `replaced`; of the latter some are
    `changed` to another code. `repeated` rows gave way to a later one of the same id. `embedded`
    and `reused` count distinct titles."""

    source: str
    learned: int
    new: int
    replaced: int
    repeated: int
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
) -> LearnSummary:
    """Learn the labelled ads among `rows`, `total` of them if known, under the name `source`.

    All rows are checked before anything is written. An ad of the same source and id is replaced.
    Raises UnavailableError when nothing is ingested or Qdrant can't be reached, and
    ModelMismatchError when the taxonomy or the ads learned before are of another embedding model.
    """
    embedder = open_embedder(settings.embedding)
    with OccupationStore(settings) as store:
        info, metadata = store.require_active()
        metadata.require_model(embedder.name, embedder.revision, embedder.dimension)
        groups = {leaf.isco_code: leaf for leaf in store.read_concepts(info.name)}
        labelled = store.labelled()
        known = {point: _label(payload) for point, payload in labelled.payloads().items()}
        reader = _Reader(settings, groups, source, known, metadata.languages)
        progress.start("check", total)
        for row in rows:
            reader.add(row)
            progress.advance(1)
        ads = list(reader.ads.values())
        embedded = reused = 0
        if ads:
            labelled.prepare(metadata)
            texts = [embedded_text(ad.title, ad.description) for ad in ads]
            with EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache:
                progress.start("embed titles", len(set(texts)))
                found = cache.embed_queries(texts, progress.advance)
            embedded, reused = found.embedded, found.reused
            progress.start("learn", len(ads))
            ads = [replace(ad, vector=v) for ad, v in zip(ads, found.vectors, strict=True)]
            for start in range(0, len(ads), settings.qdrant.upload_batch):
                batch = ads[start : start + settings.qdrant.upload_batch]
                labelled.store(batch, groups)
                progress.advance(len(batch))
    new = {ad.point_id: Label(ad.title, ad.description, ad.isco_code) for ad in ads}
    replaced = len(new.keys() & known.keys())
    return LearnSummary(
        source=source,
        learned=len(new),
        new=len(new) - replaced,
        replaced=replaced,
        repeated=reader.repeated,
        codes=len({label.isco_code for label in new.values()}),
        embedded=embedded,
        reused=reused,
        changed=tuple(reader.changed),
        contradictions=tuple(contradictions(new, known)),
        refused=tuple(reader.refused),
    )


def source_name(path: str) -> str:
    """The name of a source that is given none: its file's, without the endings."""
    name = Path(path).name
    return Path(name.removesuffix(".gz")).stem


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


def refit_confidence(
    settings: Settings,
    open_embedder: Callable[[EmbeddingSettings], Embedder],
    progress: Progress,
) -> Calibration | None:
    """Fit the confidence on all that is learned now, and store that with the labelled ads.

    None, and the shipped fit is used, while the labelled ads are too few or too clear a case.
    """
    embedder = open_embedder(settings.embedding)
    model = (embedder.name, embedder.revision, embedder.dimension)
    with (
        EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache,
        OccupationStore(settings) as store,
    ):
        data = read_store(store, settings, lambda found: found.require_model(*model))
        if not data.labelled:
            return None
        classifier = make_classifier(data, settings, cache.as_embedder(), with_llm=False)
        progress.start("fit confidence", min(len(data.labelled), MOST))
        fit = calibrate_on_labelled(classifier.decider, embedder.name, progress.advance)
        store.labelled().set_calibration(fit)
    return fit


class _Reader:
    """Rows into labelled ads by point id, without vectors yet; the others are refused."""

    def __init__(
        self,
        settings: Settings,
        groups: Mapping[str, Concept],
        source: str,
        known: Mapping[str, Label],
        languages: Sequence[str],
    ) -> None:
        self.ads: dict[str, LabelledAd] = {}
        self.refused: list[RefusedRow] = []
        self.changed: list[ChangedCode] = []
        self.repeated = 0
        self._groups = groups
        self._source = source
        self._known = known
        self._column = settings.input.isco_code
        self._preprocessor = Preprocessor(settings, languages)
        self._now = datetime.now(UTC).isoformat(timespec="seconds")
        self._codes_of: dict[str, list[str]] = {}

    def add(self, row: Ad | BrokenRow) -> None:
        """Take a row in."""
        if isinstance(row, BrokenRow):
            self.refused.append(RefusedRow(row.line, row.id, row.reason))
            return
        try:
            ad = self._labelled(row)
        except ValueError as error:
            self.refused.append(RefusedRow(row.line, row.id, str(error)))
            return
        earlier = self.ads.pop(ad.point_id, None)
        self.repeated += earlier is not None
        before = earlier or self._known.get(ad.point_id)
        if before and before.isco_code != ad.isco_code:
            change = ChangedCode(ad.id, ad.title, before.isco_code, ad.isco_code)
            self.changed.append(change)
        self.ads[ad.point_id] = ad

    def _labelled(self, ad: Ad) -> LabelledAd:
        """Raises ValueError that says why the ad can't be learned."""
        code = unit_group(ad.isco_code, self._groups, self._column)
        # As the classifier reads an ad, so that the same ad has the same vector.
        preprocessed = self._preprocessor.preprocess(ad)
        profile = preprocessed.profile
        text = embedded_text(profile.title, profile.description)
        if not text:
            raise ValueError("neither its title nor its description says anything")
        return LabelledAd(
            id=self._content_id(ad, code) if ad.numbered else ad.id,
            source=self._source,
            title=profile.title,
            description=profile.description,
            isco_code=code,
            isco_label=self._groups[code].isco_label,
            language=preprocessed.language.code,
            learned=self._now,
            vector=np.empty(0, dtype=np.float32),
        )

    def _content_id(self, ad: Ad, code: str) -> str:
        """By content; what a file labels in several ways has an id for each of its codes."""
        content = content_id(ad.title, ad.description)
        codes = self._codes_of.setdefault(content, [])
        if code not in codes:
            codes.append(code)
        position = codes.index(code)
        return f"{content}-{position + 1}" if position else content


def _label(payload: Mapping[str, Any]) -> Label:
    return Label(payload["title"], payload["description"], payload["isco_code"])
