"""What a part of the campaign found, and the table of all of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """`lost` has a line for every try that did not survive."""

    kind: str
    tries: int = 0
    lost: list[str] = field(default_factory=list)

    def count(self, problem: str | None) -> None:
        """One try more, with what went wrong in it."""
        self.tries += 1
        if problem:
            self.lost.append(problem)


def table(outcomes: Sequence[Outcome]) -> str:
    """A table in Markdown, and below it what was lost."""
    lines = ["| kind | tries | survived | lost |", "|---|---:|---:|---:|"]
    for outcome in outcomes:
        lost = len(outcome.lost)
        lines.append(f"| {outcome.kind} | {outcome.tries} | {outcome.tries - lost} | {lost} |")
    lines += [f"{outcome.kind}: {problem}" for outcome in outcomes for problem in outcome.lost]
    return "\n".join(lines)
