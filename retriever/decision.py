"""Neighbours to one code: unanimous, a majority, or a weighted vote. Pure.

The rule of Catovic & McCornack (2024) takes a unanimous code and hands every disagreement on;
what is not unanimous is settled here by a majority, if the configuration has one, and else by a
vote of all candidates in which nearer ones count more.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from isco.records import Candidate, Path
from isco.settings import DecisionSettings


@dataclass(frozen=True, slots=True)
class Decision:
    """A unit group or None, the way to it, and how much of the vote it has (0 to 1).

    `offered` are the codes that an LLM was asked to choose among, if one was.
    """

    isco_code: str | None
    isco_label: str | None
    path: Path
    confidence: float
    reason: str
    offered: tuple[str, ...] = ()


def decide(candidates: Sequence[Candidate], settings: DecisionSettings) -> Decision:
    """Decide among `candidates`, which come nearest first.

    The nearest `settings.neighbours` decide by agreeing; else all vote. ValueError without any.
    """
    if not candidates:
        raise ValueError("a decision needs at least one candidate")
    neighbours = candidates[: settings.neighbours]
    shares = vote(candidates, settings.temperature)
    counts = Counter(candidate.isco_code for candidate in neighbours)
    code, count = counts.most_common(1)[0]
    label = _label(neighbours, code)
    if len(counts) == 1:
        reason = f"The {count} nearest leaves all belong to {code} {label}."
        return Decision(code, label, Path.UNANIMOUS, shares[code], reason)
    if settings.majority is not None and _is_majority(count, len(neighbours), settings.majority):
        reason = f"{count} of the {len(neighbours)} nearest leaves belong to {code} {label}."
        return Decision(code, label, Path.MAJORITY, shares[code], reason)
    best = _winner(shares, candidates)
    label = _label(candidates, best)
    reason = (
        f"The {len(neighbours)} nearest leaves disagree ({len(counts)} codes); {best} {label} has "
        f"{shares[best]:.0%} of the vote of {len(candidates)}, weighted by similarity."
    )
    return Decision(best, label, Path.VOTE, shares[best], reason)


def vote(candidates: Sequence[Candidate], temperature: float) -> dict[str, float]:
    """Each code's share of the vote: softmax of the scores over `temperature`, summed by code."""
    highest = max(candidate.score for candidate in candidates)
    shares: dict[str, float] = {}
    for candidate in candidates:
        share = math.exp((candidate.score - highest) / temperature)
        shares[candidate.isco_code] = shares.get(candidate.isco_code, 0.0) + share
    total = sum(shares.values())
    return {code: share / total for code, share in shares.items()}


def _is_majority(count: int, of: int, share: float) -> bool:
    return count > of / 2 and count >= share * of - 1e-9


def _winner(shares: dict[str, float], candidates: Sequence[Candidate]) -> str:
    """The code with the largest share; of equal ones that of the nearest candidate."""
    highest = max(shares.values())
    return next(c.isco_code for c in candidates if shares[c.isco_code] >= highest - 1e-12)


def _label(candidates: Sequence[Candidate], code: str) -> str:
    return next(c.isco_label for c in candidates if c.isco_code == code)
