"""A comparison as text, for a terminal."""

from isco.evaluation.comparison import Comparison, Side

_LEAST_SURE = 0.05


def as_table(comparison: Comparison) -> str:
    """The comparison for people, as text."""
    lines = [f"{comparison.n} labelled ads", ""]
    lines += [_side("A", comparison.a), _side("B", comparison.b), ""]
    lines.append(f"{'':<10}{'A':>8}{'B':>8}{'B − A':>9}{'95% interval':>20}")
    for level, found in comparison.differences.items():
        low, high = found.interval
        digits = "1 digit" if level == 1 else f"{level} digits"
        ends = f"{low:+.3f} to {high:+.3f}"
        lines.append(f"{digits:<10}{found.a:>8.3f}{found.b:>8.3f}{found.value:>+9.3f}{ends:>20}")
    lines += ["", *_sentences(comparison)]
    return "\n".join(lines)


def verdict(comparison: Comparison) -> str:
    """What McNemar's test says, in a sentence."""
    p = comparison.p_value
    test = f"McNemar's exact test: p {'< 0.001' if p < 0.001 else f'= {p:.3f}'}"
    if p >= _LEAST_SURE:
        return f"{test}; the difference at 4 digits can be chance."
    better = "B" if len(comparison.only_b) > len(comparison.only_a) else "A"
    return f"{test}; {better} is better at 4 digits by more than chance."


def _sentences(comparison: Comparison) -> list[str]:
    return [
        f"4 digits right: by both {comparison.both}, by A alone {len(comparison.only_a)}, by B "
        f"alone {len(comparison.only_b)}, by neither {comparison.neither}",
        verdict(comparison),
    ]


def _side(letter: str, side: Side) -> str:
    versions = side.evaluation.versions
    parts = [versions.taxonomy, versions.embedding, versions.llm and f"LLM {versions.llm}"]
    made_with = ", ".join(part for part in parts if part)
    return f"{letter}: {side.name} ({made_with}), {side.seconds:.1f} s"
