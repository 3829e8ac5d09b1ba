"""Evaluate a classifier on labelled ads, and say the result as a table or as plain data."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluation.metrics import accuracy, lca_score, macro_f1, recall
from isco.codes import UNIT_LEVEL, is_code
from isco.records import Ad, Path
from retriever.pipeline import Classified, Classifier, Row
from retriever.run import chunks

LEVELS = (4, 3, 2, 1)
DEPTHS = (1, 5, 10, 15)


@dataclass(frozen=True, slots=True)
class PathResult:
    """The ads that were decided by one path."""

    n: int
    share: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class ScreeningResult:
    """Pages labelled as no job (an `isco_code` of null): how many there are, how many were seen
    as such, and how many job ads were taken for one."""

    pages: int
    recognised: int
    ads_taken_for_pages: int


@dataclass(frozen=True, slots=True)
class RerankingResult:
    """What the LLM's second opinion changed. `asked` ads were put to it, `share` of all.

    `ceiling` is the accuracy over all ads if it always chose the right code where it was offered
    and the vote stood elsewhere; `failed` counts the ads on which it gave no usable answer.
    """

    asked: int
    share: float
    failed: int
    declined: int
    accuracy_without: float
    accuracy_with: float
    ceiling: float

    @property
    def harms(self) -> bool:
        """Whether the answers are worse with it."""
        return self.accuracy_with < self.accuracy_without


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All measures of one run; `n` counts the ads with a four-digit code, on which they rest.

    `ceiling` is the share whose code was among the candidates handed to the decision. `skipped`
    counts rows that could not be judged, by reason; `usage` what the LLM cost, by stage.
    """

    n: int
    accuracy: dict[int, float]
    lca: float
    recall: dict[int, float]
    ceiling: float
    macro_f1: float
    by_path: dict[str, PathResult]
    screening: ScreeningResult
    reranking: RerankingResult | None
    usage: dict[str, dict[str, Any]]
    skipped: dict[str, int]
    taxonomy: str | None
    embedding: str | None
    llm: str | None
    prompts: str | None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "n": self.n,
            "accuracy": {str(level): round(self.accuracy[level], 4) for level in LEVELS},
            "lca": round(self.lca, 4),
            "recall": {str(depth): round(self.recall[depth], 4) for depth in DEPTHS},
            "ceiling": round(self.ceiling, 4),
            "macro_f1": round(self.macro_f1, 4),
            "by_path": {
                path: {
                    "n": result.n,
                    "share": round(result.share, 4),
                    "accuracy": round(result.accuracy, 4),
                }
                for path, result in self.by_path.items()
            },
            "screening": {
                "pages": self.screening.pages,
                "recognised": self.screening.recognised,
                "ads_taken_for_pages": self.screening.ads_taken_for_pages,
            },
            "reranking": self._reranking_as_dict(),
            "usage": self.usage,
            "skipped": dict(self.skipped),
            "taxonomy": self.taxonomy,
            "embedding": self.embedding,
            "llm": self.llm,
            "prompts": self.prompts,
        }

    def _reranking_as_dict(self) -> dict[str, Any] | None:
        if self.reranking is None:
            return None
        return {name: round(value, 4) for name, value in asdict(self.reranking).items()}


def evaluate(
    rows: Iterable[Row],
    classifier: Classifier,
    chunk: int,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Classify labelled ads, `chunk` at a time, and compare.

    Rows without a usable label are counted as skipped. `progress` is told of rows done.
    """
    judged: list[tuple[str, Classified]] = []
    skipped: Counter[str] = Counter()
    pages = recognised = 0
    for batch in chunks(rows, chunk):
        for row, result in zip(batch, classifier.classify_with_ranking(batch), strict=True):
            if not isinstance(row, Ad):
                skipped["broken row"] += 1
            elif row.isco_code is None:
                pages += 1
                recognised += result.prediction.path == Path.NOT_A_JOB
            elif not is_code(row.isco_code) or len(row.isco_code) != UNIT_LEVEL:
                skipped["label is not a four-digit ISCO-08 code"] += 1
            else:
                judged.append((row.isco_code, result))
        if progress:
            progress(len(batch))
    gold = [code for code, _ in judged]
    results = [result for _, result in judged]
    predicted = [result.prediction.isco_code for result in results]
    rankings = [result.code_ranking for result in results]
    within = sum(
        code in {candidate.isco_code for candidate in result.prediction.candidates}
        for code, result in judged
    )
    taken = sum(result.prediction.path == Path.NOT_A_JOB for result in results)
    return Evaluation(
        n=len(judged),
        accuracy={level: accuracy(gold, predicted, level) for level in LEVELS},
        lca=lca_score(gold, predicted),
        recall={depth: recall(gold, rankings, depth) for depth in DEPTHS},
        ceiling=within / len(judged) if judged else 0.0,
        macro_f1=macro_f1(gold, predicted),
        by_path=_by_path(gold, results),
        screening=ScreeningResult(pages, recognised, taken),
        reranking=_reranking(gold, results),
        usage={stage: usage.as_dict() for stage, usage in classifier.llm.usage.items()},
        skipped=dict(skipped),
        taxonomy=classifier.versions.taxonomy,
        embedding=classifier.versions.embedding,
        llm=classifier.versions.llm,
        prompts=classifier.versions.prompts,
    )


def as_table(evaluation: Evaluation) -> str:
    """The evaluation for people, as text."""
    lines = [
        f"{evaluation.n} labelled ads, {evaluation.taxonomy}, {evaluation.embedding}",
        "",
        _row("", [f"{level} digits" for level in LEVELS], "LCA", "macro F1"),
        _row(
            "accuracy",
            [f"{evaluation.accuracy[level]:.3f}" for level in LEVELS],
            f"{evaluation.lca:.3f}",
            f"{evaluation.macro_f1:.3f}",
        ),
        "",
        _row("", [f"@{depth}" for depth in DEPTHS], "ceiling"),
        _row(
            "recall",
            [f"{evaluation.recall[depth]:.3f}" for depth in DEPTHS],
            f"{evaluation.ceiling:.3f}",
        ),
        "",
        _row("path", ["ads", "share", "accuracy"]),
    ]
    for path, result in evaluation.by_path.items():
        lines.append(_row(path, [str(result.n), f"{result.share:.3f}", f"{result.accuracy:.3f}"]))
    screening = evaluation.screening
    if screening.pages or screening.ads_taken_for_pages:
        lines += [
            "",
            f"pages that are no job: {screening.recognised} of {screening.pages} recognised; "
            f"job ads taken for such a page: {screening.ads_taken_for_pages}",
        ]
    if evaluation.reranking:
        lines += ["", *_reranking_lines(evaluation.reranking, evaluation.llm)]
    lines += [f"skipped: {count} × {reason}" for reason, count in evaluation.skipped.items()]
    return "\n".join(lines)


def _reranking(gold: Sequence[str], results: Sequence[Classified]) -> RerankingResult | None:
    asked = [result for result in results if result.offered]
    if not asked:
        return None
    paths = Counter(result.prediction.path for result in asked)
    within = sum(
        code in result.offered if result.offered else code == result.vote
        for code, result in zip(gold, results, strict=True)
    )
    predicted = [result.prediction.isco_code for result in results]
    return RerankingResult(
        asked=len(asked),
        share=len(asked) / len(results),
        failed=paths[Path.FALLBACK],
        declined=paths[Path.DECLINED],
        accuracy_without=accuracy(gold, [result.vote for result in results], UNIT_LEVEL),
        accuracy_with=accuracy(gold, predicted, UNIT_LEVEL),
        ceiling=within / len(results),
    )


def _reranking_lines(result: RerankingResult, llm: str | None) -> list[str]:
    lines = [
        f"reranked by {llm}: {result.asked} ads ({result.share:.1%}), {result.failed} without an "
        f"answer, {result.declined} declined",
        f"4 digits without it {result.accuracy_without:.3f}, with it {result.accuracy_with:.3f}; "
        f"{result.ceiling:.3f} if it were always right",
    ]
    if result.harms:
        lines.append(
            "The LLM lowers the accuracy: set reranking.when to never, or try another "
            "reranking.weight, model or prompt."
        )
    return lines


def _by_path(gold: Sequence[str], results: Sequence[Classified]) -> dict[str, PathResult]:
    counts: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for code, result in zip(gold, results, strict=True):
        path = str(result.prediction.path)
        counts[path] += 1
        right[path] += result.prediction.isco_code == code
    return {
        str(path): PathResult(counts[path], counts[path] / len(results), right[path] / counts[path])
        for path in Path
        if counts[path]
    }


def _row(name: str, cells: Sequence[str], *more: str) -> str:
    return f"{name:<12}" + "".join(f"{cell:>10}" for cell in (*cells, *more))
