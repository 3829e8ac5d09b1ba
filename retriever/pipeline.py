"""From ads to predictions: one pure `classify_batch` that every way of running goes through."""

from collections.abc import Sequence
from dataclasses import dataclass

from isco import __version__
from isco.config import Settings
from isco.embedding.base import Embedder
from isco.records import Ad, BrokenRow, Path, Prediction, Profile, Versions
from isco.store import OccupationStore
from retriever.decision import decide
from retriever.extraction import Extractor
from retriever.language import LanguageDetector
from retriever.screening import Screen
from retriever.search import LeafIndex, Searcher
from retriever.text import one_line, plain_text

RANKING_DEPTH = 15

Row = Ad | BrokenRow


@dataclass(frozen=True, slots=True)
class Classified:
    """A prediction with the search's ranking of distinct codes behind it, for evaluation."""

    prediction: Prediction
    code_ranking: tuple[str, ...]


class Classifier:
    """Everything a run needs, loaded once. Holds no connection: the index is in memory."""

    def __init__(
        self,
        searcher: Searcher,
        settings: Settings,
        versions: Versions,
        notice: str | None = None,
    ) -> None:
        self.searcher = searcher
        self.versions = versions
        self.notice = notice
        self._settings = settings
        self._screen = Screen(settings.screening)
        self._language = LanguageDetector(settings.language)
        self._extractor = Extractor(settings.extraction)

    def classify_batch(self, rows: Sequence[Row]) -> list[Prediction]:
        """One prediction a row, in the same order. A broken row becomes an `error` prediction."""
        return [item.prediction for item in self.classify_with_ranking(rows)]

    def classify_with_ranking(self, rows: Sequence[Row]) -> list[Classified]:
        """As `classify_batch`, with the ranking of the first 15 distinct codes."""
        results: dict[int, Classified] = {}
        jobs: list[tuple[int, Ad, Profile, str | None]] = []
        for position, row in enumerate(rows):
            if isinstance(row, BrokenRow):
                results[position] = Classified(self._error(row), ())
                continue
            profile = self._extractor.profile(row)
            language = self._language.detect(
                f"{profile.title}. {profile.description}", row.language
            ).code
            reason = self._screen.reason(one_line(row.title), plain_text(row.description))
            if reason:
                results[position] = Classified(self._not_a_job(row, language, reason), ())
            else:
                jobs.append((position, row, profile, language))
        if jobs:
            scores = self.searcher.scores([profile for _, _, profile, _ in jobs])
            for (position, ad, profile, language), row_scores in zip(jobs, scores, strict=True):
                ranking = self.searcher.code_ranking(row_scores, RANKING_DEPTH)
                candidates = self.searcher.candidates(row_scores, self._settings.search.top)
                decision = decide(candidates, self._settings.decision)
                prediction = Prediction(
                    id=ad.id,
                    isco_code=decision.isco_code,
                    isco_label=decision.isco_label,
                    level=len(decision.isco_code),
                    confidence=round(decision.confidence, 4),
                    path=decision.path,
                    reason=decision.reason,
                    language=language,
                    candidates=candidates,
                    profile=profile,
                    versions=self.versions,
                    extra=ad.extra,
                )
                results[position] = Classified(prediction, ranking)
        return [results[position] for position in range(len(rows))]

    def _not_a_job(self, ad: Ad, language: str | None, reason: str) -> Prediction:
        return self._without_code(ad.id, Path.NOT_A_JOB, reason, language, ad.extra)

    def _error(self, row: BrokenRow) -> Prediction:
        return self._without_code(row.id, Path.ERROR, row.reason, None, {"line": row.line})

    def _without_code(
        self, ad_id: str, path: Path, reason: str, language: str | None, extra: object
    ) -> Prediction:
        return Prediction(
            id=ad_id,
            isco_code=None,
            isco_label=None,
            level=0,
            confidence=0.0,
            path=path,
            reason=reason,
            language=language,
            candidates=(),
            profile=None,
            versions=self.versions,
            extra=extra,  # type: ignore[arg-type]
        )


def open_classifier(settings: Settings, embedder: Embedder) -> Classifier:
    """Read the collection in use and make a classifier of it.

    Raises UnavailableError when nothing is ingested or Qdrant can't be reached, and
    ModelMismatchError when the collection was built with another embedding model.
    """
    with OccupationStore(settings) as store:
        info, metadata = store.require_active()
        metadata.require_model(embedder.name, embedder.revision, embedder.dimension)
        points = store.read_leaves(info.name)
    searcher = Searcher(LeafIndex.of(points, settings.search.kinds), embedder, settings.search)
    versions = Versions(
        taxonomy=metadata.taxonomy_name,
        embedding=metadata.model_name,
        llm=None,
        prompts=None,
        software=__version__,
    )
    return Classifier(searcher, settings, versions, metadata.notice)
