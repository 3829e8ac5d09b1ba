"""An evaluation as an HTML report that opens from disk and can be passed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from isco.evaluation.breakdown import UNKNOWN_LANGUAGE, Subgroup
from isco.evaluation.confusion import MAJOR_GROUPS, NO_CODE
from isco.evaluation.evaluation import DEPTHS, LEVELS, Evaluation
from isco.evaluation.html.plots import Row, coverage_plot, interval_plot, reliability_plot
from isco.evaluation.html.wording import ads, counted, day, interval, percent, points, setting
from isco.retriever.preparing.language import language_name

_MOST_LANGUAGES = 15
MEANINGS = {
    "coded": "people had coded the same ad",
    "unanimous": "the nearest leaves all have one code",
    "majority": "most of them have",
    "vote": "they disagree and voted",
    "rerank": "they disagree; a language model's opinion was added",
    "fallback": "they disagree; the language model gave no usable answer",
    "declined": "no code was sure enough",
    "not_a_job": "the ad was taken for a page that is no job",
    "error": "the row could not be read",
}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a report says of a run besides its results.

    `labelled` is the name of the file of ads, `changed` the keys of the configuration that differ
    from the default, `names` the titles of ISCO groups by code, `notice` what the taxonomy's
    terms ask to be said.
    """

    labelled: str
    made: datetime
    changed: Mapping[str, Any]
    names: Mapping[str, str]
    notice: str | None


def report_page(evaluation: Evaluation, facts: RunFacts) -> str:
    """The whole page. ValueError without a single ad: there is nothing to show."""
    if not evaluation.n:
        raise ValueError("a report needs at least one labelled ad")
    measures = measures_of(evaluation)
    languages = _languages(evaluation.by_language)
    marks = [point for point in evaluation.coverage_at().values() if point]
    found = evaluation.reliability
    plots = {
        "accuracy": interval_plot("accuracy-plot", "Accuracy and recall", measures),
        "coverage": evaluation.coverage
        and coverage_plot("coverage-plot", "Accuracy against coverage", evaluation.coverage, marks),
        "reliability": found
        and reliability_plot("reliability-plot", "Reliability of the confidence", found.bins),
        "path": _parts_plot("path", evaluation.by_path),
        "language": _parts_plot("language", languages),
        "length": _parts_plot("length", evaluation.by_length),
    }
    unanswered = any(row[NO_CODE] for row in evaluation.confusion.values())
    return render(
        "report.html.jinja",
        evaluation=evaluation,
        facts=facts,
        measures=measures,
        plots=plots,
        languages=languages,
        columns=[*MAJOR_GROUPS, *([NO_CODE] if unanswered else [])],
        meanings=MEANINGS,
    )


def render(template: str, **content: Any) -> str:
    """A template of this package with `content`, escaped wherever it is not `Markup`."""
    pages = Environment(
        loader=PackageLoader("isco.evaluation.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for wording in (percent, interval, points, counted, ads, day, setting):
        pages.filters[wording.__name__] = wording
    return pages.get_template(template).render(content)


def measures_of(evaluation: Evaluation) -> list[Row]:
    """Accuracy, scores and recall with their intervals, by name."""
    ends = evaluation.intervals
    digits = {level: f"{level} digits" if level > 1 else "1 digit" for level in LEVELS}
    return [
        *(Row(digits[at], evaluation.accuracy[at], ends.accuracy[at]) for at in LEVELS),
        Row("LCA score", evaluation.lca, ends.lca),
        Row("macro F1", evaluation.macro_f1, ends.macro_f1),
        *(Row(f"recall@{at}", evaluation.recall[at], ends.recall[at]) for at in DEPTHS),
    ]


def _languages(parts: Mapping[str, Subgroup]) -> dict[str, Subgroup]:
    """The most frequent languages by their names."""
    shown = list(parts.items())[:_MOST_LANGUAGES]
    return {
        "not known" if code == UNKNOWN_LANGUAGE else language_name(code): part
        for code, part in shown
    }


def _parts_plot(name: str, parts: Mapping[str, Subgroup]) -> Markup | str:
    """A plot where there is something to compare."""
    if len(parts) < 2:
        return ""
    rows = [Row(key, part.accuracy, part.interval) for key, part in parts.items()]
    return interval_plot(f"{name}-plot", f"Share of right unit groups by {name}", rows)
