"""An evaluation as text, for a terminal."""

from collections.abc import Mapping, Sequence

from isco.evaluation.coverage import ANSWER_LEVELS, NO_CODE
from isco.evaluation.evaluation import DEPTHS, LEVELS, Evaluation
from isco.evaluation.intervals import Interval
from isco.evaluation.labelling import Labelling
from isco.evaluation.reliability import Reliability
from isco.evaluation.second_opinion import Disagreement, RerankingResult
from isco.evaluation.targets import TargetResult

_MOST_REASONS = 10


def as_table(evaluation: Evaluation) -> str:
    """The evaluation for people, as text."""
    intervals = evaluation.intervals
    ends = [*(intervals.accuracy[level] for level in LEVELS), intervals.lca, intervals.macro_f1]
    found = [intervals.recall[depth] for depth in DEPTHS]
    lines = [
        f"{evaluation.n} labelled ads, {evaluation.versions.taxonomy}, "
        f"{evaluation.versions.embedding}",
        "",
        _row("", [f"{level} digits" for level in LEVELS], "LCA", "macro F1"),
        _row(
            "accuracy",
            [f"{evaluation.accuracy[level]:.3f}" for level in LEVELS],
            f"{evaluation.lca:.3f}",
            f"{evaluation.macro_f1:.3f}",
        ),
        _interval_row(ends),
        "",
        _row("", [f"@{depth}" for depth in DEPTHS], "ceiling"),
        _row(
            "recall",
            [f"{evaluation.recall[depth]:.3f}" for depth in DEPTHS],
            f"{evaluation.ceiling:.3f}",
        ),
        _interval_row([*found, intervals.ceiling]),
        "",
        _row("path", ["ads", "share", "accuracy"]),
        *(
            _row(path, [str(part.n), f"{part.share:.3f}", f"{part.accuracy:.3f}"])
            for path, part in evaluation.by_path.items()
        ),
        "",
        *_answered_lines(evaluation),
    ]
    if evaluation.reliability:
        lines += ["", *_reliability_lines(evaluation.reliability)]
    screening = evaluation.screening
    if screening.pages or screening.ads_taken_for_pages:
        lines += [
            "",
            f"pages that are no job: {screening.recognised} of {screening.pages} recognised; "
            f"job ads taken for such a page: {screening.ads_taken_for_pages}",
        ]
    if evaluation.reranking:
        lines += ["", *_reranking_lines(evaluation.reranking, evaluation.versions.llm)]
    if evaluation.disagreement:
        lines += ["", _disagreement_line(evaluation.disagreement)]
    if evaluation.labelling:
        lines += ["", *_labelling_lines(evaluation.labelling)]
    return "\n".join([*lines, *_skipped_lines(evaluation.skipped)])


def _labelling_lines(found: Labelling) -> list[str]:
    lines = []
    if found.several:
        lines += [
            f"{found.several} ads have several right codes, of which the first counts above; "
            f"{found.unambiguous:.1%} have one",
            f"4 digits right among these {found.accuracy_of_unambiguous:.3f}; one of the codes "
            f"right among all {found.one_of_many:.3f}",
        ]
    if found.shorter:
        lines.append(
            f"{found.shorter} more ads have a code of fewer digits; {found.shorter_right} answers "
            "agree with it"
        )
    return lines


def _skipped_lines(skipped: Mapping[str, int]) -> list[str]:
    by_number = sorted(skipped.items(), key=lambda pair: -pair[1])
    lines = [f"skipped: {count} × {reason}" for reason, count in by_number[:_MOST_REASONS]]
    others = sum(count for _, count in by_number[_MOST_REASONS:])
    return [*lines, f"skipped: {others} more for other reasons"] if others else lines


def _answered_lines(evaluation: Evaluation) -> list[str]:
    """How far answers go where not all have four digits, and how many are right how often."""
    lines = []
    levels = evaluation.coverage_by_level
    if levels[max(ANSWER_LEVELS)].n < evaluation.n:
        names = {**{level: f"{level} digits" for level in ANSWER_LEVELS}, NO_CODE: "no code"}
        results = [levels[level] for level in names]
        lines += [
            _row("answered", list(names.values())),
            _row("share", [f"{result.share:.3f}" for result in results]),
            _row(
                "right so far",
                ["–" if r.accuracy is None else f"{r.accuracy:.3f}" for r in results],
            ),
            "",
        ]
    wanted = evaluation.coverage_at()
    lines += [
        _row("at accuracy", [f"≥ {accuracy:.2f}" for accuracy in wanted]),
        _row("coverage", [f"{point.coverage:.3f}" if point else "–" for point in wanted.values()]),
        _row(
            "confidence",
            [f"≥ {point.threshold:.2f}" if point else "–" for point in wanted.values()],
        ),
    ]
    return [*lines, *_target_lines(evaluation.targets)]


def _target_lines(targets: Sequence[TargetResult]) -> list[str]:
    """What target accuracies would leave of the answers, after an empty line."""
    if not targets:
        return []
    return [
        "",
        _row("target", [f"{result.target:.2f}" for result in targets]),
        _row("answered", [f"{result.coverage:.3f}" for result in targets]),
        _row("4 digits", [f"{result.unit_groups:.3f}" for result in targets]),
        _row(
            "right so far",
            ["–" if r.accuracy is None else f"{r.accuracy:.3f}" for r in targets],
        ),
        "by these confidences; with search.read_text unsure, a run with a target reads more texts",
        "and answers more: evaluate it with --set decision.target_accuracy=…",
    ]


def _reliability_lines(found: Reliability) -> list[str]:
    return [
        f"calibration error {found.ece:.3f}; a perfect confidence would show {found.by_chance:.3f} "
        f"by chance, and over {found.by_chance_high:.3f} one time in twenty",
        f"Brier score {found.brier:.3f}; {found.brier_of_constant:.3f} if every answer had the "
        "same confidence",
    ]


def _reranking_lines(result: RerankingResult, llm: str | None) -> list[str]:
    lines = [
        f"reranked by {llm}: {result.asked} ads ({result.share:.1%}), {result.failed} without an "
        f"answer, {result.declined} declined",
        f"4 digits without it {result.accuracy_without:.3f}, with it {result.accuracy_with:.3f}; "
        f"{result.ceiling:.3f} if it were always right",
    ]
    if result.curve:
        lines += [
            _row("LLM asked", [f"{point.share:.0%}" for point in result.curve]),
            _row("if below", [f"{point.below:.2f}" for point in result.curve]),
            _row("4 digits", [f"{point.accuracy:.3f}" for point in result.curve]),
        ]
    if result.harms:
        lines.append(
            "The LLM lowers the accuracy: set reranking.when to never, or try another "
            "reranking.weight, model or prompt."
        )
    return lines


def _disagreement_line(found: Disagreement) -> str:
    return (
        f"no LLM was asked; one would have been about {found.n} ads ({found.share:.1%}), and could "
        f"lift 4 digits from {found.accuracy:.3f} to at most {found.ceiling:.3f}"
    )


def _interval_row(intervals: Sequence[Interval]) -> str:
    return _row("95%", [f"{_short(low)}–{_short(high)}" for low, high in intervals])


def _short(share: float) -> str:
    return f"{share:.2f}".removeprefix("0")


def _row(name: str, cells: Sequence[str], *more: str) -> str:
    return f"{name:<12}" + "".join(f"{cell:>10}" for cell in (*cells, *more))
