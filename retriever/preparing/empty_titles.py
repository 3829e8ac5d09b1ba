"""Titles that name no job: "nan", "Executive", "Our client is looking for you!". Pure."""

import re

from isco.retriever.preparing.rules import any_of, load_rules

_WORD = re.compile(r"[^\W\d_]+")
_GENDER = r"(?:\W*\b(?:[fhmkwv]/[fhmkwvd]|[mwfd]/[mwfd]/[mwfdx]|all\s+genders))*\W*$"


class EmptyTitles:
    """Compiled rules of `rules/empty_titles.yaml`."""

    def __init__(self) -> None:
        rules = load_rules("empty_titles")
        self._word = any_of(rules["words"], prefix="^", suffix="$")
        self._job = any_of(rules["jobs"], prefix=r"\b", suffix=r"\b")
        self._cry = any_of(rules["cries"])
        self._none = any_of(rules["placeholders"], prefix=r"^\W*", suffix=_GENDER)

    def is_none(self, title: str) -> bool:
        """Whether a title, on one line, is what stands where there is none: "N/A", "Job offer"."""
        return bool(self._none.search(title))

    def is_empty(self, title: str) -> bool:
        """Whether a clean title says nothing of the job."""
        if self._cry.search(title):
            return True
        return not self._job.search(title) and all(map(self._word.search, _WORD.findall(title)))
