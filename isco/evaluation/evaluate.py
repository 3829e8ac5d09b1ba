"""Evaluate a classifier on labelled ads."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from isco.core.codes import UNIT_LEVEL
from isco.core.records import Ad, PredictionPath, Row, Versions
from isco.core.store import NO_JOB
from isco.evaluation.evaluation import Evaluation, ScreeningResult
from isco.evaluation.measure import measure
from isco.evaluation.scored_ads import ScoredAd
from isco.evaluation.tuning import TriedAd
from isco.retriever.labelled.labels import LabelError, LabelReader
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.pipeline import Classified
from isco.retriever.reading.inputs import chunks
from isco.retriever.running.executors import Executor

_UNCODED = "not coded yet (a page that is no job has the code not_a_job)"


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

    Rows without a usable label are counted as skipped, and those that nobody has coded yet are not
    classified. `versions` are those of the predictions, `labels` reads the codes that people gave,
    `usage` counts, while it goes on, what the LLM costs by stage. `progress` is told of rows done.
    """
    scored: list[ScoredAd] = []
    shorter: list[ScoredAd] = []
    skipped: Counter[str] = Counter()
    pages = recognised = 0
    for ad, codes, result in judged(rows, executor, chunk, labels, skipped, progress):
        if NO_JOB in codes:
            pages += 1
            recognised += result.prediction.path == PredictionPath.NOT_A_JOB
        else:
            whole = all(len(code) == UNIT_LEVEL for code in codes)
            known = labels.uris(ad.isco_code or "")
            (scored if whole else shorter).append(ScoredAd.of(ad, codes, result, known))
    taken = sum(ad.path == PredictionPath.NOT_A_JOB for ad in scored)
    return measure(
        scored,
        shorter=shorter,
        screening=ScreeningResult(pages, recognised, taken),
        skipped=dict(skipped),
        usage={stage: cost.as_dict() for stage, cost in (usage or {}).items()},
        versions=versions,
    )


def tried_ads(
    rows: Iterable[Row],
    executor: Executor[Classified],
    chunk: int,
    labels: LabelReader,
    progress: Callable[[int], None] | None = None,
) -> list[TriedAd]:
    """Labelled ads of four digits with their nearest leaves, to choose settings of the vote by.

    The executor's classifier works with as many of these as the largest of `tuning.TOPS`, and
    without labelled ads.
    """
    return [
        TriedAd(
            ad.title,
            codes[0],
            result.prediction.candidates,
            result.vote if result.evidence and result.evidence.own_name else None,
        )
        for ad, codes, result in judged(rows, executor, chunk, labels, Counter(), progress)
        if len(codes[0]) == UNIT_LEVEL
    ]


def judged(
    rows: Iterable[Row],
    executor: Executor[Classified],
    chunk: int,
    labels: LabelReader,
    skipped: Counter[str],
    progress: Callable[[int], None] | None = None,
) -> Iterator[tuple[Ad, tuple[str, ...], Classified]]:
    """Ads with their known codes and the answer to them; of other rows `skipped` counts why."""
    coded = _coded(rows, skipped, progress)
    for batch, results in executor.run(chunks(coded, chunk)):
        for row, result in zip(batch, results, strict=True):
            if not isinstance(row, Ad):
                skipped["broken row"] += 1
                continue
            try:
                codes = labels.codes(row.isco_code or "")
            except LabelError as error:
                skipped[str(error)] += 1
                continue
            yield row, codes, result
        if progress:
            progress(len(batch))


def _coded(
    rows: Iterable[Row], skipped: Counter[str], progress: Callable[[int], None] | None
) -> Iterator[Row]:
    """The rows that somebody has coded, and broken ones."""
    for row in rows:
        if isinstance(row, Ad) and row.isco_code is None:
            skipped[_UNCODED] += 1
            if progress:
                progress(1)
        else:
            yield row
