"""All measures over scored ads, put together. Pure."""

from collections.abc import Sequence
from typing import Any

from isco.core.codes import UNIT_LEVEL
from isco.core.records import Versions
from isco.evaluation.breakdown import by_language, by_length, by_path
from isco.evaluation.confusion import confused_pairs, major_confusion
from isco.evaluation.coverage import coverage_by_level, coverage_curve
from isco.evaluation.evaluation import DEPTHS, LEVELS, Evaluation, ScreeningResult
from isco.evaluation.intervals import measure_intervals
from isco.evaluation.labelling import labelling
from isco.evaluation.metrics import accuracy, lca_score, macro_f1, recall
from isco.evaluation.occupations import occupation_result
from isco.evaluation.reliability import reliability
from isco.evaluation.scored_ads import ScoredAd
from isco.evaluation.second_opinion import disagreement, reranking_result
from isco.evaluation.targets import at_targets

_MOST_PAIRS = 15


def measure(
    ads: Sequence[ScoredAd],
    screening: ScreeningResult,
    skipped: dict[str, int],
    usage: dict[str, dict[str, Any]],
    versions: Versions,
    shorter: Sequence[ScoredAd] = (),
) -> Evaluation:
    """All measures of these ads; `shorter` have a known code of fewer digits than four."""
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
        labelling=labelling(ads, shorter),
        occupations=occupation_result(ads),
        usage=usage,
        skipped=skipped,
        versions=versions,
    )
