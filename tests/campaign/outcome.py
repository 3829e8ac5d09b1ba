"""What a part of the campaign found, the journal of its tries, and the table of all parts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


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


@dataclass(frozen=True)
class Journal:
    """The tries so far, a line each in `file`, so that a campaign goes on where it was ended."""

    file: Path | None = None

    def outcome(self, kind: str) -> Outcome:
        """What the journal has of a kind."""
        outcome = Outcome(kind)
        if self.file and self.file.exists():
            for line in self.file.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                if entry["kind"] == kind:
                    outcome.count(entry["problem"])
        return outcome

    def count(self, outcome: Outcome, problem: str | None) -> None:
        """One try more, in the journal as well."""
        outcome.count(problem)
        if self.file:
            entry = json.dumps({"kind": outcome.kind, "problem": problem})
            with self.file.open("a", encoding="utf-8") as lines:
                lines.write(f"{entry}\n")


def table(outcomes: Sequence[Outcome]) -> str:
    """A table in Markdown, and below it what was lost."""
    lines = ["| kind | tries | survived | lost |", "|---|---:|---:|---:|"]
    for outcome in outcomes:
        lost = len(outcome.lost)
        lines.append(f"| {outcome.kind} | {outcome.tries} | {outcome.tries - lost} | {lost} |")
    lines += [f"{outcome.kind}: {problem}" for outcome in outcomes for problem in outcome.lost]
    return "\n".join(lines)
