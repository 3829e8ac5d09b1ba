"""Evaluate a classifier on labelled ads: all that the reports show, as plain data."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isco.core.codes import UNIT_LEVEL, is_code
from isco.core.records import Ad, PredictionPath, Row, Versions
from isco.evaluation.breakdown import Part, by_language, by_length, by_path
from isco.evaluation.confusion import ConfusedPair, confused_pairs, major_confusion
from isco.evaluation.coverage import (
    Accepted,
    LevelResult,
    coverage_at,
    coverage_by_level,
    coverage_curve,
)
from isco.evaluation.intervals import Intervals, measure_intervals
from isco.evaluation.metrics import accuracy, lca_score, macro_f1, recall
from isco.evaluation.reliability import Reliability, reliability
from isco.evaluation.scored_ads import ScoredAd
from isco.evaluation.second_opinion import (
    Disagreement,
    RerankingResult,
    disagreement,
    reranking_result,
)
from isco.evaluation.targets import TargetResult, at_targets
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.pipeline import Classified
from isco.retriever.reading.inputs import chunks
from isco.retriever.running.executors import Executor

LEVELS = (4, 3, 2, 1)
DEPTHS = (1, 5, 10, 15)
WANTED_ACCURACIES = (0.8, 0.9, 0.95)
_MOST_PAIRS = 15


@dataclass(frozen=True, slots=True)
class ScreeningResult:
    """Pages labelled as no job (an `isco_code` of null): how many there are, how many were seen
    as such, and how many job ads were taken for one."""

    pages: int
    recognised: int
    ads_taken_for_pages: int

    def as_dict(self) -> dict[str, int]:
        """As plain JSON types."""
        return {
            "pages": self.pages,
            "recognised": self.recognised,
            "ads_taken_for_pages": self.ads_taken_for_pages,
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All measures of one run; `ads` are those with a four-digit code, on which they rest.

    `ceiling` is the share whose code was among the candidates handed to the decision.
    `coverage` is the curve of accuracy against coverage over the answers of four digits;
    `targets` what some target accuracies would leave of the answers;
    `reliability` rests on all answers, each right as far as it goes. `skipped` counts rows that
    could not be judged, by reason; `usage` what the LLM cost, by stage.
    """

    ads: tuple[ScoredAd, ...]
    accuracy: dict[int, float]
    lca: float
    recall: dict[int, float]
    ceiling: float
    macro_f1: float
    intervals: Intervals
    coverage_by_level: dict[int, LevelResult]
    coverage: tuple[Accepted, ...]
    targets: tuple[TargetResult, ...]
    reliability: Reliability | None
    confusion: dict[str, dict[str, int]]
    confused_pairs: tuple[ConfusedPair, ...]
    by_path: dict[str, Part]
    by_language: dict[str, Part]
    by_length: dict[str, Part]
    screening: ScreeningResult
    reranking: RerankingResult | None
    disagreement: Disagreement | None
    usage: dict[str, dict[str, Any]]
    skipped: dict[str, int]
    versions: Versions

    @property
    def n(self) -> int:
        """Number of ads that count."""
        return len(self.ads)

    def coverage_at(self) -> dict[float, Accepted | None]:
        """For each accuracy that people ask for, the largest coverage that has it."""
        return {wanted: coverage_at(self.coverage, wanted) for wanted in WANTED_ACCURACIES}

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals; without the ads."""
        found = self.reliability
        return {
            "n": self.n,
            "accuracy": {str(level): round(self.accuracy[level], 4) for level in LEVELS},
            "lca": round(self.lca, 4),
            "recall": {str(depth): round(self.recall[depth], 4) for depth in DEPTHS},
            "ceiling": round(self.ceiling, 4),
            "macro_f1": round(self.macro_f1, 4),
            "intervals": self.intervals.as_dict(),
            "coverage_by_level": {
                str(level): result.as_dict() for level, result in self.coverage_by_level.items()
            },
            "coverage_at": {
                str(wanted): point and point.as_dict()
                for wanted, point in self.coverage_at().items()
            },
            "targets": {str(result.target): result.as_dict() for result in self.targets},
            "ece": found and round(found.ece, 4),
            "ece_by_chance": found and round(found.by_chance, 4),
            "brier": found and round(found.brier, 4),
            "reliability": [part.as_dict() for part in found.bins] if found else [],
            "by_path": _parts(self.by_path),
            "by_language": _parts(self.by_language),
            "by_length": _parts(self.by_length),
            "confusion": self.confusion,
            "confused_pairs": [
                {"gold": pair.gold, "predicted": pair.predicted, "n": pair.n}
                for pair in self.confused_pairs
            ],
            "screening": self.screening.as_dict(),
            "reranking": self.reranking and self.reranking.as_dict(),
            "disagreement": self.disagreement and self.disagreement.as_dict(),
            "usage": self.usage,
            "skipped": dict(self.skipped),
            "taxonomy": self.versions.taxonomy,
            "embedding": self.versions.embedding,
            "llm": self.versions.llm,
            "prompts": self.versions.prompts,
            "software": self.versions.software,
        }


def evaluate(
    rows: Iterable[Row],
    executor: Executor[Classified],
    chunk: int,
    versions: Versions,
    usage: Mapping[str, StageUsage] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Classify labelled ads, `chunk` at a time, and compare.

    Rows without a usable label are counted as skipped. `versions` are those of the predictions,
    `usage` counts, while it goes on, what the LLM costs by stage. `progress` is told of rows done.
    """
    judged: list[ScoredAd] = []
    skipped: Counter[str] = Counter()
    pages = recognised = 0
    for batch, results in executor.run(chunks(rows, chunk)):
        for row, result in zip(batch, results, strict=True):
            if not isinstance(row, Ad):
                skipped["broken row"] += 1
            elif row.isco_code is None:
                pages += 1
                recognised += result.prediction.path == PredictionPath.NOT_A_JOB
            elif not is_code(row.isco_code) or len(row.isco_code) != UNIT_LEVEL:
                skipped["label is not a four-digit ISCO-08 code"] += 1
            else:
                judged.append(ScoredAd.of(row, row.isco_code, result))
        if progress:
            progress(len(batch))
    taken = sum(ad.path == PredictionPath.NOT_A_JOB for ad in judged)
    return measure(
        judged,
        screening=ScreeningResult(pages, recognised, taken),
        skipped=dict(skipped),
        usage={stage: cost.as_dict() for stage, cost in (usage or {}).items()},
        versions=versions,
    )


def measure(
    ads: Sequence[ScoredAd],
    screening: ScreeningResult,
    skipped: dict[str, int],
    usage: dict[str, dict[str, Any]],
    versions: Versions,
) -> Evaluation:
    """All measures over classified ads."""
    gold, predicted = [ad.gold for ad in ads], [ad.code for ad in ads]
    rankings = [ad.ranking for ad in ads]
    shares = {level: accuracy(gold, predicted, level) for level in LEVELS}
    recalls = {depth: recall(gold, rankings, depth) for depth in DEPTHS}
    within = sum(ad.gold in ad.candidates for ad in ads)
    whole = [ad for ad in ads if ad.level == UNIT_LEVEL]
    answered = [ad for ad in ads if ad.code]
    return Evaluation(
        ads=tuple(ads),
        accuracy=shares,
        lca=lca_score(gold, predicted),
        recall=recalls,
        ceiling=within / len(ads) if ads else 0.0,
        macro_f1=macro_f1(gold, predicted),
        intervals=measure_intervals(gold, predicted, shares, recalls, within),
        coverage_by_level=coverage_by_level(gold, predicted),
        coverage=coverage_curve(
            [ad.confidence for ad in whole], [ad.right for ad in whole], len(ads)
        ),
        targets=at_targets(ads),
        reliability=reliability(
            [ad.confidence for ad in answered], [ad.right_as_far for ad in answered]
        ),
        confusion=major_confusion(gold, predicted),
        confused_pairs=confused_pairs(ads, _MOST_PAIRS),
        by_path=by_path(ads),
        by_language=by_language(ads),
        by_length=by_length(ads),
        screening=screening,
        reranking=reranking_result(ads),
        disagreement=disagreement(ads),
        usage=usage,
        skipped=skipped,
        versions=versions,
    )


def _parts(parts: Mapping[str, Part]) -> dict[str, Any]:
    return {name: part.as_dict() for name, part in parts.items()}
