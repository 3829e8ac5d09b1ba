"""Titles that name no job: "Executive", "Our client is looking for you!". Pure."""

import re

from isco.retriever.preparing.rules import any_of, load_rules

_WORD = re.compile(r"[^\W\d_]+")


class EmptyTitles:
    """Compiled rules of `rules/empty_titles.yaml`."""

    def __init__(self) -> None:
        rules = load_rules("empty_titles")
        self._word = any_of(rules["words"], prefix="^", suffix="$")
        self._job = any_of(rules["jobs"], prefix=r"\b", suffix=r"\b")
        self._cry = any_of(rules["cries"])

    def is_empty(self, title: str) -> bool:
        """Whether a clean title says nothing of the job."""
        if self._cry.search(title):
            return True
        return not self._job.search(title) and all(map(self._word.search, _WORD.findall(title)))
