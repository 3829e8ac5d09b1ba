"""What an ingest did, or would do."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from isco.core.store import CarriedOver
from isco.ingest.changes import Changes
from isco.ingest.sources.base import NameList
from isco.ingest.taxonomy import UNIT_GROUP_COUNT

# Shown of what there may be much of.
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What an ingest did. `points` counts all searchable concepts, `leaves` those that are leaves
    of the taxonomy; `codes` the unit groups reached; `embedded` and `reused` distinct texts;
    `labelled` what became of the labelled ads."""

    taxonomy: str
    points: int
    leaves: int
    labels: int
    codes: int
    embedded: int
    reused: int
    seconds: float
    collection: str
    unchanged: bool
    warnings: Mapping[str, int]
    notice: str | None
    lists: tuple[NameList, ...] = ()
    changes: Changes | None = None
    labelled: CarriedOver = field(default_factory=CarriedOver)

    def done(self, place: str) -> list[tuple[str, str]]:
        """What was done, into Qdrant at `place`: names and texts for people."""
        facts = [
            ("embedded", f"{self.embedded} texts, {self.reused} reused"),
            ("time", f"{self.seconds:.1f} s"),
            ("collection", self.collection),
            ("in", place),
        ]
        if self.labelled.ads:
            again = self.labelled.embedded_again
            facts.append(
                ("labelled", f"{self.labelled.ads} ads carried over, {again} embedded again")
            )
        return facts

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            **values,
            "warnings": dict(self.warnings),
            "lists": [each.as_dict() for each in self.lists],
            "seconds": round(self.seconds, 2),
            "changes": self.changes.as_dict() if self.changes else None,
            "labelled": self.labelled.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an ingest would do. `in_use` is the collection compared with, None before the first;
    `changes` is None then too."""

    taxonomy: str
    points: int
    leaves: int
    labels: int
    codes: int
    warnings: Mapping[str, int]
    notice: str | None
    in_use: str | None
    changes: Changes | None
    lists: tuple[NameList, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        changes = self.changes.as_dict() if self.changes else None
        return {
            "dry_run": True,
            **values,
            "warnings": dict(self.warnings),
            "lists": [each.as_dict() for each in self.lists],
            "changes": changes,
        }


def loaded(outcome: IngestSummary | DryRun) -> list[tuple[str, str]]:
    """What the taxonomy is: names and texts for people."""
    return [
        ("taxonomy", outcome.taxonomy),
        ("leaves", f"{outcome.leaves} ({outcome.points} searchable concepts)"),
        ("labels", str(outcome.labels)),
        ("unit groups", f"{outcome.codes} of {UNIT_GROUP_COUNT} reached"),
        *(fact for each in outcome.lists for fact in _of_list(each)),
    ]


def _of_list(found: NameList) -> list[tuple[str, str]]:
    """What became of a list of titles, with the first of what contradicts the taxonomy."""
    said = [f"{found.titles} titles", f"{found.added} new", f"{found.known} known"]
    if found.repaired:
        said.append(f"{found.repaired} codes without their zero mended")
    facts = [("list", f"{found.name}: {', '.join(said)}")]
    if found.unknown:
        shown = ", ".join(found.unknown[:_EXAMPLES])
        facts.append(("", f"{len(found.unknown)} codes that are no unit group, left out: {shown}"))
    if found.contradictions:
        kept = "the taxonomy's" if found.preferred == "taxonomy" else "the list's"
        count = len(found.contradictions)
        facts.append(
            ("", f"{count} titles that the taxonomy has under another code; {kept} stands")
        )
        facts += [
            ("", f"{each.title}: {each.isco_code} in the list, {', '.join(each.taxonomy)} here")
            for each in found.contradictions[:_EXAMPLES]
        ]
    return facts
