"""Titles that name whom the job serves: "Driver for the Ambassador" is no ambassador. Pure."""

import re
from dataclasses import dataclass
from functools import cache

from isco.retriever.preparing.rules import load_rules

# A medical secretary to surgeons stays one.
_BEGIN = r"(?:^|(?<=[,/|] ))"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What stands before the person becomes `job`, or stays where that is None."""

    pattern: re.Pattern[str]
    job: str | None


def without_person_served(title: str) -> str:
    """A clean title as the job that it is: "PA to Managing Director" → "executive assistant"."""
    for rule in _rules():
        if found := rule.pattern.search(title):
            kept = rule.job or found.group("job")
            return f"{title[: found.start()]}{kept}{title[found.end() :]}".strip()
    return title


@cache
def _rules() -> tuple[_Rule, ...]:
    rules: list[_Rule] = []
    for language in load_rules("person_served").values():
        served = rf"\s+{language['between']}{language['persons']}\b"
        heads = [*language["helpers"].items(), (None, language["others"])]
        rules += [
            _Rule(re.compile(rf"{_BEGIN}(?P<job>{head}){served}", re.IGNORECASE), job)
            for job, head in heads
        ]
    return tuple(rules)
