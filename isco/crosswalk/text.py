"""A table's quality, and what came of its use, for a terminal."""

from collections import Counter
from collections.abc import Sequence

from isco.core.printable import printable
from isco.crosswalk.convert import Conversion
from isco.crosswalk.quality import EXAMPLES, Quality, Targets


def quality_table(found: Quality) -> str:
    """The quality for people."""
    kind = "a scale" if found.is_scale else f"{found.targets} target codes"
    lines = [
        f"{found.name}: {found.rows} rows, {kind} ({found.file})",
        "",
        _row("", ["covered", "of", "share", "one target", "mean", "most"]),
        _targets("occupations", found.occupations),
        _targets("unit groups", found.unit_groups),
        "",
        _row("links", ["1:1", "1:n", "n:1", "n:m"]),
        _row(
            "",
            [found.one_to_one, found.one_to_many, found.many_to_one, found.many_to_many],
        ),
        "",
        _row("relation", list(found.relations)),
        _row("", list(found.relations.values())),
        "",
    ]
    if found.levels:
        lengths = ", ".join(map(str, found.levels))
        lines.append(f"shorter codes at {lengths} characters")
    lines += [
        f"occupations told by their names: {found.by_name} rows",
        f"not in the taxonomy: {len(found.missing)} rows, {found.missing_sources} occupations"
        + _examples([each.source_label or each.source for each in found.missing]),
        f"said twice: {len(found.doubled)} rows, {len(found.contradicting)} more with another "
        "relation or weight"
        + _lines([each.line for each in (*found.doubled, *found.contradicting)]),
        f"targets with several labels: {len(found.labels)}" + _examples(found.labels),
        f"broken: {len(found.broken)} rows",
    ]
    reasons = Counter(each.reason for each in found.broken)
    for reason, count in reasons.most_common(EXAMPLES):
        line = next(each.line for each in found.broken if each.reason == reason)
        lines.append(f"  {count} × {reason} (line {line})")
    return printable("\n".join(lines))


def conversion_lines(told: Conversion) -> list[str]:
    """What came of a file, a line a table, and what could not be looked up."""
    lines = [
        f"{name}: {told.coded[name]} of {told.ads} ads; {told.ambiguous[name]} ambiguous, "
        f"{told.shorter[name]} with a shorter code, {told.by_group[name]} by the unit group alone"
        for name in told.coded
    ]
    if told.unknown:
        lines.append(
            f"{len(told.unknown)} occupations of the predictions are not in the taxonomy in use, "
            f"which is another than theirs: {', '.join(list(told.unknown)[:EXAMPLES])}"
        )
    return lines


def _targets(name: str, found: Targets) -> str:
    return _row(
        name,
        [
            found.covered, found.n, f"{found.coverage:.1%}", f"{found.one_share:.1%}",
            f"{found.mean:.1f}", found.most,
        ],
    )  # fmt: skip


def _examples(found: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(found))
    more = ", …" if len(distinct) > EXAMPLES else ""
    return f" ({'; '.join(distinct[:EXAMPLES])}{more})" if distinct else ""


def _lines(numbers: Sequence[int]) -> str:
    more = ", …" if len(numbers) > EXAMPLES else ""
    shown = ", ".join(map(str, numbers[:EXAMPLES]))
    return f" (lines {shown}{more})" if numbers else ""


def _row(name: str, cells: Sequence[object]) -> str:
    return f"{name:<12}" + "".join(f"{cell!s:>12}" for cell in cells)
