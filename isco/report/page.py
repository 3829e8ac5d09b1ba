"""The report of a run as HTML: it opens from disk and can be passed on."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from isco.evaluation.breakdown import UNKNOWN_LANGUAGE
from isco.evaluation.coverage import ANSWER_LEVELS, NO_CODE
from isco.evaluation.html.plots import Row, difference_plot, interval_plot
from isco.evaluation.html.report_page import MEANINGS, render
from isco.report.drift import Change
from isco.report.run_report import RunReport
from isco.report.tally import Share
from isco.report.text import digits
from isco.retriever.preparing.language import language_name

_MOST = 15


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the page says besides: names of the files, when it was made, by which release."""

    codes: str
    against: str | None
    made: datetime
    software: str


def run_page(report: RunReport, facts: PageFacts) -> str:
    """The whole page."""
    tally = report.now
    groups = {
        level: {
            f"{code} {report.names.get(code, '')}".strip(): share
            for code, share in list(tally.distribution(level).items())[:_MOST]
        }
        for level in (1, 2, 3, 4)
    }
    languages = {
        "not known" if code == UNKNOWN_LANGUAGE else language_name(code): Share(n, tally.jobs)
        for code, n in tally.languages.most_common(_MOST)
    }
    answers = {digits(at): Share(tally.levels[at], tally.jobs) for at in (*ANSWER_LEVELS, NO_CODE)}
    found = report.drift
    return render(
        "run.html.jinja",
        report=report,
        facts=facts,
        tally=tally,
        answers=answers,
        paths={name: Share(n, tally.ads) for name, n in tally.paths.most_common()},
        languages=languages,
        groups=groups,
        plots={
            "answers": _shares_plot("answers", "Answers by their digits", answers),
            # The table beside it has the names.
            "major": _shares_plot("major", "Ads by major group", tally.distribution(1)),
            "drift": _changes_plot(found.groups[1]) if found else "",
        },
        changes={
            level: [(f"{c.name} {report.names.get(c.name, '')}".strip(), c) for c in some[:_MOST]]
            for level, some in (found.groups if found else {}).items()
        },
        meanings=MEANINGS,
        digits=digits,
    )


def _shares_plot(name: str, title: str, shares: dict[str, Share]) -> Markup | str:
    rows = [Row(key, share.value, share.interval) for key, share in shares.items()]
    return interval_plot(f"{name}-plot", title, rows) if rows else ""


def _changes_plot(changes: tuple[Change, ...]) -> Markup | str:
    if not changes:
        return ""
    ordered = sorted(changes, key=lambda change: change.name)
    rows = [Row(change.name, change.value, change.interval) for change in ordered]
    title = "Change of the shares of the major groups"
    return difference_plot("drift-plot", title, rows, "now minus before, in percentage points")
