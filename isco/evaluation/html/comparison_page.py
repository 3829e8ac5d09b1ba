"""A comparison of two configurations as an HTML report."""

from collections.abc import Sequence

from isco.evaluation.comparison import Answers, Comparison
from isco.evaluation.html.plots import Row, difference_plot
from isco.evaluation.html.report_page import RunFacts, render
from isco.evaluation.scored_ads import ScoredAd
from isco.evaluation.text_comparison import verdict

_MOST_EXAMPLES = 12


def comparison_page(comparison: Comparison, facts: RunFacts) -> str:
    """The whole page; `facts.changed` are the settings that both sides share."""
    rows = [
        Row("1 digit" if level == 1 else f"{level} digits", found.value, found.interval)
        for level, found in comparison.differences.items()
    ]
    alone = [("A", _surest(comparison.only_a, 0)), ("B", _surest(comparison.only_b, 1))]
    return render(
        "comparison.html.jinja",
        comparison=comparison,
        facts=facts,
        verdict=verdict(comparison),
        plot=difference_plot("difference-plot", "Accuracy of B minus that of A", rows),
        rows=rows,
        alone=alone,
    )


def _surest(pairs: Sequence[Answers], right: int) -> list[tuple[ScoredAd, ScoredAd]]:
    """Of ads that one side alone has right, those of which it is surest: (right, wrong) answers."""
    ordered = sorted(pairs, key=lambda pair: (-pair[right].confidence, pair[right].id))
    return [(pair[right], pair[1 - right]) for pair in ordered[:_MOST_EXAMPLES]]
