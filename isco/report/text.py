"""The report of a run as text, for a terminal."""

from collections.abc import Iterable, Sequence

from isco.core.printable import printable
from isco.evaluation.coverage import ANSWER_LEVELS, NO_CODE
from isco.evaluation.html.wording import interval, percent, points
from isco.report.drift import Change, Drift
from isco.report.run_report import RunReport
from isco.report.tally import Share, Tally
from isco.report.title_drift import TitleDrift
from isco.review.random_share import DrawnAccuracy

_MOST = 10
_WIDE = 48


def as_table(report: RunReport) -> str:
    """The report for people, as text."""
    tally = report.now
    lines = [
        f"{tally.ads} ads, {tally.jobs} of them jobs; {', '.join(tally.versions)}",
        "",
        *_shares("answers", ((digits(at), Share(tally.levels[at], tally.jobs)) for at in
                             (*ANSWER_LEVELS, NO_CODE))),
        "",
        *_thresholds(tally),
        "",
        *_shares("path", ((name, Share(n, tally.ads)) for name, n in tally.paths.most_common())),
        "",
        *_shares(
            "language",
            ((name, Share(n, tally.jobs)) for name, n in tally.languages.most_common(_MOST)),
        ),
    ]  # fmt: skip
    for level in (1, 2, 4):
        found = list(tally.distribution(level).items())[:_MOST]
        named = [(f"{code} {report.names.get(code, '')}", share) for code, share in found]
        lines += ["", *_shares(f"{digits(level)}, of those coded so far", named)]
    if report.drawn:
        lines += ["", *drawn_lines(report.drawn)]
    if report.drift:
        lines += ["", *_drift_lines(report.drift, report.names)]
    if report.titles:
        lines += ["", *_title_lines(report.titles)]
    return printable("\n".join(lines))


def digits(level: int) -> str:
    """A number of digits in words."""
    return "no code" if level == NO_CODE else "1 digit" if level == 1 else f"{level} digits"


def drawn_lines(drawn: DrawnAccuracy) -> list[str]:
    """What people found of accepted ads that were drawn."""
    lines = [
        f"accepted answers right to {digits(level)}: {found.accuracy:.3f} (95% interval "
        f"{found.interval[0]:.3f}–{found.interval[1]:.3f}), {found.right} of {found.n} drawn at "
        "random"
        for level, found in drawn.by_level.items()
    ]
    return [*lines, f"their confidence said {drawn.said:.3f}"]


def _shares(head: str, rows: Iterable[tuple[str, Share]]) -> list[str]:
    return [
        f"{head:<{_WIDE}}{'ads':>9}{'share':>9}{'95% interval':>16}",
        *(
            f"{_cut(name):<{_WIDE}}{share.n:>9}{percent(share.value):>9}"
            f"{interval(share.interval):>16}"
            for name, share in rows
        ),
    ]


def _thresholds(tally: Tally) -> list[str]:
    lines = [
        f"{'4 digits at a confidence of':<{_WIDE}}{'ads':>9}{'share':>9}{'expected right':>16}"
    ]
    for threshold, found in tally.whole.items():
        name = f"{threshold:.2f} or more" if threshold else "any"
        share = tally.covered(threshold).value
        lines.append(f"{name:<{_WIDE}}{found.n:>9}{percent(share):>9}{percent(found.mean):>16}")
    expected = tally.expected
    if expected.interval:
        lines.append(
            f"of all {expected.n} answers as they were given {percent(expected.mean)} are expected "
            f"to be right ({interval(expected.interval)}), if the confidence means what it says"
        )
    return lines


def _drift_lines(found: Drift, names: dict[str, str]) -> list[str]:
    lines = ["against the earlier run:"]
    for level, distance in found.distances.items():
        said = "may be chance" if distance.is_chance else "more than chance"
        lines.append(
            f"  {digits(level)}: {percent(distance.value)} of the ads would have to change groups, "
            f"{percent(distance.by_chance)} by chance: {said}"
        )
    if found.confidence is not None and found.confidence_interval:
        low, high = found.confidence_interval
        lines.append(f"  mean confidence {found.confidence:+.3f} ({low:+.3f} to {high:+.3f})")
    parts: list[tuple[str, Sequence[Change]]] = [
        ("answers", found.answers), ("path", found.paths), ("language", found.languages),
        *((digits(level), found.groups[level]) for level in (1, 2, 4)),
    ]  # fmt: skip
    for head, changes in parts:
        lines += ["", f"{head:<{_WIDE}}{'now':>9}{'before':>9}{'points':>9}   95% interval"]
        for change in changes[:_MOST]:
            low, high = change.interval
            name = f"{change.name} {names.get(change.name, '')}".strip()
            lines.append(
                f"{_cut(name):<{_WIDE}}{percent(change.now.value):>9}"
                f"{percent(change.before.value):>9}{points(change.value):>9}   "
                f"{points(low)} to {points(high)}{'' if change.by_chance else '  more than chance'}"
            )
    return lines


def _title_lines(found: TitleDrift) -> list[str]:
    said = "may be chance" if found.p_value > 0.05 else "more than chance"
    return [
        f"titles: the means of {found.now} and {found.before} are {found.distance:.3f} apart, "
        f"{found.by_chance:.3f} by chance (p = {found.p_value:.3f}): {said}",
        *(["least like any earlier title:"] if found.unlike else []),
        *(f"  {each.title} (nearest: {each.nearest}, {each.cosine:.2f})" for each in found.unlike),
    ]


def _cut(name: str) -> str:
    return name if len(name) < _WIDE else f"{name[: _WIDE - 2]}…"
