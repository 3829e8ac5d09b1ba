"""How right the accepted answers are, by those of them that were drawn and coded. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from isco.core.codes import truncate
from isco.evaluation.intervals import Counted, rounded
from isco.review.decisions import Decision, Verdict

LEVELS = (4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class OfLevel(Counted):
    """Of `n` draws that people coded to that level at least, so many are `right`."""

    n: int
    right: int


@dataclass(frozen=True, slots=True)
class DrawnAccuracy:
    """What people found of accepted ads that were drawn at random: `coded` draws, by level how many
    of them are right, `not_codable` draws besides; `said` is the mean confidence of the machine.

    An ad that is no job was wrongly accepted, whatever its code.
    """

    coded: int
    not_codable: int
    said: float
    by_level: dict[int, OfLevel]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "coded": self.coded,
            "not_codable": self.not_codable,
            "confidence": round(self.said, 4),
            "accuracy": {
                str(level): {
                    "n": found.n,
                    "right": found.right,
                    "accuracy": round(found.accuracy, 4),
                    "interval": rounded(found.interval),
                }
                for level, found in self.by_level.items()
            },
        }


def drawn_accuracy(decisions: Iterable[Decision]) -> DrawnAccuracy | None:
    """Of the decisions on ads that were drawn; None where none of those is coded.

    An ad that stands for several draws counts as often.
    """
    drawn = [each for each in decisions if each.drawn and each.machine_code]
    coded = [each for each in drawn if each.verdict is not Verdict.NOT_CODABLE]
    draws = sum(each.drawn for each in coded)
    if not draws:
        return None
    by_level: dict[int, OfLevel] = {}
    for level in LEVELS:
        judged = [(each, _is_right(each, level)) for each in coded]
        known = [(each.drawn, right) for each, right in judged if right is not None]
        if known:
            by_level[level] = OfLevel(
                sum(times for times, _ in known), sum(times for times, right in known if right)
            )
    return DrawnAccuracy(
        coded=draws,
        not_codable=sum(each.drawn for each in drawn) - draws,
        said=sum(each.drawn * each.machine_confidence for each in coded) / draws,
        by_level=by_level,
    )


def _is_right(decision: Decision, level: int) -> bool | None:
    """Whether the machine's code is one of those given; None where these are shorter."""
    if decision.verdict is Verdict.NOT_A_JOB:
        return False
    known = {truncate(code, level) for code in decision.codes if len(code) >= level}
    return truncate(decision.machine_code, level) in known if known else None
