"""Evaluate a classifier on labelled ads."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from isco.core.codes import UNIT_LEVEL
from isco.core.records import Ad, PredictionPath, Row, Versions
from isco.evaluation.evaluation import Evaluation, ScreeningResult
from isco.evaluation.measure import measure
from isco.evaluation.scored_ads import ScoredAd
from isco.retriever.labelled.labels import LabelError, LabelReader
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.pipeline import Classified
from isco.retriever.reading.inputs import chunks
from isco.retriever.running.executors import Executor


def evaluate(
    rows: Iterable[Row],
    executor: Executor[Classified],
    chunk: int,
    versions: Versions,
    labels: LabelReader,
    usage: Mapping[str, StageUsage] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Classify labelled ads, `chunk` at a time, and compare.

    Rows without a usable label are counted as skipped. `versions` are those of the predictions,
    `labels` reads the codes that people gave, `usage` counts, while it goes on, what the LLM costs
    by stage. `progress` is told of rows done.
    """
    scored: list[ScoredAd] = []
    shorter: list[ScoredAd] = []
    skipped: Counter[str] = Counter()
    pages = recognised = 0
    for batch, results in executor.run(chunks(rows, chunk)):
        for row, result in zip(batch, results, strict=True):
            if not isinstance(row, Ad):
                skipped["broken row"] += 1
            elif row.isco_code is None:
                pages += 1
                recognised += result.prediction.path == PredictionPath.NOT_A_JOB
            else:
                try:
                    codes = labels.codes(row.isco_code)
                except LabelError as error:
                    skipped[str(error)] += 1
                    continue
                whole = all(len(code) == UNIT_LEVEL for code in codes)
                (scored if whole else shorter).append(ScoredAd.of(row, codes, result))
        if progress:
            progress(len(batch))
    taken = sum(ad.path == PredictionPath.NOT_A_JOB for ad in scored)
    return measure(
        scored,
        shorter=shorter,
        screening=ScreeningResult(pages, recognised, taken),
        skipped=dict(skipped),
        usage={stage: cost.as_dict() for stage, cost in (usage or {}).items()},
        versions=versions,
    )
