"""What `decision.target_accuracy` costs: the same ads, answered as far as it allows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isco.core.codes import UNIT_LEVEL
from isco.core.records import PredictionPath
from isco.evaluation.coverage import NO_CODE, LevelResult, coverage_by_level
from isco.evaluation.intervals import Interval, rounded, wilson
from isco.evaluation.scored_ads import ScoredAd
from isco.retriever.deciding.voting import longest_sure

TARGETS = (0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class TargetResult:
    """The ads under one target: `levels` by the digits of the answer, 0 for none."""

    target: float
    ads: int
    levels: dict[int, LevelResult]

    @property
    def answered(self) -> int:
        """Number of ads that get a code."""
        return self.ads - self.levels[NO_CODE].n

    @property
    def coverage(self) -> float:
        """Their share of all."""
        return self.answered / self.ads

    @property
    def unit_groups(self) -> float:
        """Share of all ads that get four digits."""
        return self.levels[UNIT_LEVEL].share

    @property
    def right(self) -> int:
        """Number of answers that are right as far as they go."""
        return sum(result.right for result in self.levels.values())

    @property
    def accuracy(self) -> float | None:
        """Their share of the answers; None without any."""
        return self.right / self.answered if self.answered else None

    @property
    def interval(self) -> Interval:
        """Of the accuracy."""
        return wilson(self.right, self.answered)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        known = self.accuracy is not None
        return {
            "coverage": round(self.coverage, 4),
            "four_digits": round(self.unit_groups, 4),
            "accuracy": round(self.accuracy or 0.0, 4) if known else None,
            "interval": rounded(self.interval) if known else None,
            "levels": {str(level): result.as_dict() for level, result in self.levels.items()},
        }


def at_targets(
    ads: Sequence[ScoredAd], targets: Sequence[float] = TARGETS
) -> tuple[TargetResult, ...]:
    """Each target's result; none when nothing is known of the ads' shorter answers."""
    if not any(ad.answers for ad in ads):
        return ()
    gold = [ad.gold for ad in ads]
    return tuple(
        TargetResult(target, len(ads), coverage_by_level(gold, [_code(ad, target) for ad in ads]))
        for target in targets
    )


def _code(ad: ScoredAd, target: float) -> str | None:
    """The code that the ad gets under that target; what people coded stands under any."""
    if ad.path == PredictionPath.CODED:
        return ad.code
    answer = longest_sure(ad.answers, target)
    return answer.isco_code if answer else None
