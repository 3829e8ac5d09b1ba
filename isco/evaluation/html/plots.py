"""The plots of the reports. Pure: results in, SVG out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from isco.evaluation.coverage import Accepted
from isco.evaluation.html.drawing import Area, Plot
from isco.evaluation.html.wording import interval, percent, points
from isco.evaluation.intervals import Interval
from isco.evaluation.reliability import Bin

_TENTHS = [tenth / 10 for tenth in range(11)]
_FIFTHS = _TENTHS[::2]
# No eye tells more points apart.
_MOST_POINTS = 240
# Before that many answers are accepted, their accuracy is a matter of one or two.
_FEWEST = 10
_LONGEST_NAME = 17


@dataclass(frozen=True, slots=True)
class Row:
    """A value with its 95% interval, by name."""

    name: str
    value: float
    interval: Interval


def interval_plot(name: str, title: str, rows: Sequence[Row]) -> Markup:
    """Shares as dots on a scale from 0 to 1, one below the other, with their intervals."""
    step, left = 26, 118
    area = Area(left, 8, 302, step * len(rows), up=(0, len(rows)))
    said = "; ".join(f"{row.name} {percent(row.value)} ({interval(row.interval)})" for row in rows)
    plot = Plot(name, title, f"{said}.", (440, int(area.height) + 36), area)
    plot.x_axis(_FIFTHS, [percent(tick, 0) for tick in _FIFTHS])
    for place, row in enumerate(rows):
        height = len(rows) - place - 0.5
        plot.label(_short(row.name), (left - 10, area.y(height) + 4), "end", "row")
        plot.line([(row.interval[0], height), (row.interval[1], height)], "whisker")
        hint = f"{row.name}: {percent(row.value)} ({interval(row.interval)})"
        plot.dot((row.value, height), "dot", hint)
    return plot.markup()


def coverage_plot(
    name: str, title: str, curve: Sequence[Accepted], marks: Sequence[Accepted]
) -> Markup:
    """Accuracy of the accepted answers against the share of ads that they cover."""
    shown = _thinned([point for point in curve if point.n >= _FEWEST] or list(curve))
    lowest = min(point.interval[0] for point in shown)
    floor = math.floor(lowest * 10) / 10
    area = Area(44, 30, 376, 250, up=(floor, 1.0))
    said = "; ".join(
        f"{percent(point.accuracy)} right at a coverage of {percent(point.coverage)}"
        for point in (*marks, shown[-1])
    )
    summary = f"As fewer answers are accepted, more are right: {said}."
    plot = Plot(name, title, summary, (440, 330), area)
    ticks = [tick for tick in _TENTHS if tick >= floor - 1e-9]
    plot.y_axis(ticks, [percent(tick, 0) for tick in ticks], "accuracy of the accepted answers")
    plot.x_axis(_FIFTHS, [percent(tick, 0) for tick in _FIFTHS], "coverage: share of all ads")
    plot.band(
        [(point.coverage, point.interval[0]) for point in shown],
        [(point.coverage, point.interval[1]) for point in shown],
        "band",
    )
    plot.line([(point.coverage, point.accuracy) for point in shown], "line")
    for point in marks:
        hint = (
            f"confidence ≥ {point.threshold:.2f}: {percent(point.coverage)} covered, "
            f"{percent(point.accuracy)} right"
        )
        plot.dot((point.coverage, point.accuracy), "dot", hint)
    return plot.markup()


def reliability_plot(name: str, title: str, bins: Sequence[Bin]) -> Markup:
    """Share of right answers against the confidence, in bins; the diagonal would be perfect."""
    area = Area(44, 30, 376, 300)
    said = "; ".join(
        f"confidence {part.confidence:.2f}, right {percent(part.accuracy)}" for part in bins
    )
    plot = Plot(name, title, f"{said}.", (440, 380), area)
    plot.y_axis(_FIFTHS, [percent(tick, 0) for tick in _FIFTHS], "share of right answers")
    plot.x_axis(_FIFTHS, [f"{tick:.1f}" for tick in _FIFTHS], "confidence")
    plot.line([(0, 0), (1, 1)], "ideal")
    for part in bins:
        low, high = part.interval
        plot.line([(part.confidence, low), (part.confidence, high)], "whisker")
    plot.line([(part.confidence, part.accuracy) for part in bins], "thread")
    for part in bins:
        hint = (
            f"confidence {part.low:.2f} to {part.high:.2f}, {part.n} answers: "
            f"{percent(part.accuracy)} right"
        )
        plot.dot((part.confidence, part.accuracy), "dot", hint)
    return plot.markup()


def difference_plot(
    name: str, title: str, rows: Sequence[Row], axis: str = "B minus A, in percentage points"
) -> Markup:
    """Differences of shares, as `axis` says, with their intervals; zero in the middle."""
    reach = max(abs(end) for row in rows for end in (*row.interval, row.value))
    widest = max(0.05, math.ceil(reach * 20) / 20)
    step, left = 30, 84
    area = Area(left, 8, 336, step * len(rows), across=(-widest, widest), up=(0, len(rows)))
    said = "; ".join(f"{row.name} {points(row.value)} points" for row in rows)
    plot = Plot(name, title, f"{said}.", (440, int(area.height) + 54), area)
    ticks = [-widest, -widest / 2, 0, widest / 2, widest]
    plot.x_axis(ticks, [points(tick) for tick in ticks], axis)
    plot.line([(0, 0), (0, len(rows))], "zero")
    for place, row in enumerate(rows):
        height = len(rows) - place - 0.5
        plot.label(row.name, (left - 10, area.y(height) + 4), "end", "row")
        plot.line([(row.interval[0], height), (row.interval[1], height)], "whisker")
        plot.dot((row.value, height), "dot", f"{row.name}: {points(row.value)} points")
    return plot.markup()


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _thinned(curve: list[Accepted]) -> list[Accepted]:
    step = max(1, math.ceil(len(curve) / _MOST_POINTS))
    return [*curve[:-1:step], curve[-1]]
