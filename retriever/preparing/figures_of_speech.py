"""Titles in figures of speech: "SQL Ninja" is an SQL specialist, "Private" a soldier. Pure."""

import re
from dataclasses import dataclass
from functools import cache

from isco.retriever.preparing.rules import load_rules

_SPECIALIST = "specialist"
# "Senior Wizard" says nothing of the job.
_OF_NOTHING = r"(?:senior|junior|lead|head|chief|the|an?|our|new|and|or|of|for|with|some|super)"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What matches becomes `job`."""

    pattern: re.Pattern[str]
    job: str


def without_figures(title: str) -> str:
    """A clean title to the letter: "Growth Hacker" → "online marketing specialist"."""
    for rule in _rules():
        title = rule.pattern.sub(rule.job, title)
    return title


@cache
def _rules() -> tuple[_Rule, ...]:
    rules = load_rules("figures_of_speech")
    found = [(rf"(?<!\w)(?:{figure})(?!\w)", job) for job, figure in rules["expressions"].items()]
    found += [(rf"^(?:{rank})$", job) for job, rank in rules["ranks"].items()]
    what = rf"(?<!\w)(?!{_OF_NOTHING}\b)\w[\w+#.&]*[\s-]+"
    at_something = rf"(?P<what>{what}){rules['specialists']}(?=\s*(?:$|[,(/|]))"
    found.append((at_something, rf"\g<what>{_SPECIALIST}"))
    found.append((rf"^{rules['praise']}\s+(?=\w)(?!of\b|for\b)", ""))
    return tuple(_Rule(re.compile(pattern, re.IGNORECASE), job) for pattern, job in found)
