"""Decisions of people and answers of the machine as one: who decided what. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from isco.core.names import name_key
from isco.core.records import PredictionPath
from isco.retriever.deciding.occupations import occupation_within
from isco.review.answers import AnsweredAd
from isco.review.decisions import Decision, Verdict

_CLASH = "input_"
MACHINE, PERSON = "machine", "person"
COLUMNS = (
    "id", "title", "isco_code", "isco_label", "level", "also", "occupation_uri", "occupation_label",
    "decided_by", "sheet", "coder", "note", "path", "confidence", "machine_code",
    "machine_confidence", "language", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An ad that was decided on in several ways; what was said last counts."""

    id: str
    title: str
    before: str
    before_sheet: str
    after: str
    after_sheet: str


@dataclass(frozen=True)
class Decided:
    """Decisions `by_id`, the last one of each ad, and where they contradict one another.

    What was decided for an ad itself goes before what was decided for one of its title.
    """

    by_id: Mapping[str, Decision]
    disagreements: tuple[Disagreement, ...]

    @staticmethod
    def of(decisions: Iterable[Decision]) -> "Decided":
        """Of the sheets in the order in which they are given."""
        found: dict[str, Decision] = {}
        disagreements: list[Disagreement] = []
        for decision in decisions:
            for ad_id in decision.ids:
                earlier = found.get(ad_id)
                if earlier and set(earlier.codes) | {earlier.verdict} != set(decision.codes) | {
                    decision.verdict
                }:
                    disagreements.append(
                        Disagreement(
                            ad_id, decision.title, earlier.said, earlier.sheet, decision.said,
                            decision.sheet,
                        )
                    )  # fmt: skip
                if not (earlier and earlier.id == ad_id != decision.id):
                    found[ad_id] = decision
        return Decided(found, tuple(disagreements))

    def on(self, answer: AnsweredAd, is_only: bool) -> Decision | None:
        """What was decided on an ad; of several with its id (not `is_only`) on those of the title
        alone."""
        found = self.by_id.get(answer.id)
        if found and not is_only and name_key(found.title) != name_key(answer.title):
            return None
        return found


def merged_row(
    answer: AnsweredAd, decision: Decision | None, titles: Mapping[str, str]
) -> dict[str, Any]:
    """The final row of an ad, with the ad's own columns after `COLUMNS`; `titles` by code."""
    row: dict[str, Any] = {
        "id": answer.id,
        "title": answer.title,
        "isco_code": answer.isco_code,
        "isco_label": answer.isco_label,
        "level": answer.level,
        "also": None,
        "occupation_uri": None,
        "occupation_label": None,
        "decided_by": PERSON if answer.path == PredictionPath.CODED else MACHINE,
        "sheet": None,
        "coder": None,
        "note": None,
        "path": str(answer.path),
        "confidence": answer.confidence,
        "machine_code": None,
        "machine_confidence": None,
        "language": answer.language,
        "reason": answer.reason,
    }
    if answer.path != PredictionPath.CODED:
        row |= {"machine_code": answer.isco_code, "machine_confidence": answer.confidence}
    elif decision and decision.id == answer.id:
        # As the sheet has it: learned since, the ad has the person's code.
        row |= {
            "machine_code": decision.machine_code or None,
            "machine_confidence": decision.machine_confidence,
        }
    if decision:
        code = decision.codes[0] if decision.codes else None
        no_job = decision.verdict is Verdict.NOT_A_JOB
        row |= {
            "isco_code": code,
            "isco_label": titles[code] if code else None,
            "level": len(code or ""),
            "also": "|".join(decision.codes[1:]) or None,
            "decided_by": PERSON,
            "sheet": decision.sheet,
            "coder": decision.coder or None,
            "note": decision.note or None,
            "path": str(PredictionPath.NOT_A_JOB if no_job else PredictionPath.CODED)
            if code or no_job
            else str(PredictionPath.DECLINED),
            "confidence": None,
            "reason": f"A person said: {decision.said}.",
        }
    # The machine's, where it is one of the code that stands in the end.
    if found := occupation_within(row["isco_code"], answer.occupations):
        row |= {"occupation_uri": found.uri, "occupation_label": found.label}
    return {**row, **{own_column(name): value for name, value in answer.own.items()}}


def own_column(name: str) -> str:
    """What one of the ad's own columns is called beside `COLUMNS`."""
    return f"{_CLASH}{name}" if name in COLUMNS else name
