"""What an evaluation found: all that the reports show, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isco.core.records import Versions
from isco.evaluation.breakdown import Subgroup
from isco.evaluation.confusion import ConfusedPair
from isco.evaluation.coverage import Accepted, LevelResult, coverage_at
from isco.evaluation.intervals import Intervals
from isco.evaluation.labelling import Labelling
from isco.evaluation.occupations import OccupationResult
from isco.evaluation.reliability import Reliability
from isco.evaluation.scored_ads import ScoredAd
from isco.evaluation.second_opinion import Disagreement, RerankingResult
from isco.evaluation.targets import TargetResult

LEVELS = (4, 3, 2, 1)
DEPTHS = (1, 5, 10, 15)
WANTED_ACCURACIES = (0.8, 0.9, 0.95)


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
    could not be scored, by reason; `usage` what the LLM cost, by stage. `occupations` is None where
    no label names one.
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
    by_path: dict[str, Subgroup]
    by_language: dict[str, Subgroup]
    by_length: dict[str, Subgroup]
    screening: ScreeningResult
    reranking: RerankingResult | None
    disagreement: Disagreement | None
    labelling: Labelling | None
    occupations: OccupationResult | None
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
            "by_path": _by_name(self.by_path),
            "by_language": _by_name(self.by_language),
            "by_length": _by_name(self.by_length),
            "confusion": self.confusion,
            "confused_pairs": [
                {"gold": pair.gold, "predicted": pair.predicted, "n": pair.n}
                for pair in self.confused_pairs
            ],
            "screening": self.screening.as_dict(),
            "reranking": self.reranking and self.reranking.as_dict(),
            "disagreement": self.disagreement and self.disagreement.as_dict(),
            "labelling": self.labelling and self.labelling.as_dict(),
            "occupations": self.occupations and self.occupations.as_dict(),
            "usage": self.usage,
            "skipped": dict(self.skipped),
            "taxonomy": self.versions.taxonomy,
            "embedding": self.versions.embedding,
            "llm": self.versions.llm,
            "prompts": self.versions.prompts,
            "software": self.versions.software,
        }


def _by_name(subgroups: Mapping[str, Subgroup]) -> dict[str, Any]:
    return {name: subgroup.as_dict() for name, subgroup in subgroups.items()}
