"""The codes that people gave ads, as they wrote them. Pure.

The same for learning and for evaluation. A label may name several groups that are all right, and
groups of any level: "2512|2513", "C7126", "7126.0" as spreadsheets write it, "7126.1" and the URIs
of occupations as ESCO does, a code with its title. What is no job ad at all is labelled
`not_a_job`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from isco.core.codes import UNIT_LEVEL
from isco.core.records import Concept
from isco.core.store import NO_JOB, NO_JOB_TITLE
from isco.retriever.labelled.rules import load_rules

_SEPARATORS = re.compile(r"[|;]")
_GROUP_URI = re.compile(r"https?://data\.europa\.eu/esco/isco/(C?\d{1,4})", re.ASCII)
_URI = re.compile(r"https?://\S+")
# The number that a spreadsheet made of it, or ESCO's code of an occupation in the group.
_FRACTION = re.compile(r"(\d{1,4})[.,]0+", re.ASCII)
_ESCO_CODE = re.compile(r"(\d{4})(\.\d+)+", re.ASCII)
_NO_JOB = re.compile(r"(not[\s_-]+an?|no)[\s_-]+job", re.IGNORECASE)
_TITLED = re.compile(r"(\d{1,4})\s+(\S.*)", re.ASCII)
_PLAIN = re.compile(r"(?:ISCO(?:-?08)?[ :_-]*)?C?(\d+)", re.ASCII | re.IGNORECASE)


class LabelError(ValueError):
    """A label that names no group of the taxonomy, and why."""


def says_no_job(text: str) -> bool:
    """Whether a label says that the page is no job ad, such as `not_a_job` and "no job"."""
    return _NO_JOB.fullmatch(text.strip()) is not None


@dataclass(frozen=True)
class LabelReader:
    """Reads labels of the taxonomy whose groups have these `titles` by code; `occupations` are the
    unit groups of its concepts by URI, `notations` by the codes that occupations have in ESCO,
    where they are known. `column` is where labels stand, for messages."""

    titles: Mapping[str, str]
    occupations: Mapping[str, str]
    column: str
    notations: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(concepts: Iterable[Concept], column: str) -> "LabelReader":
        """For the taxonomy of those concepts."""
        titles = {NO_JOB: NO_JOB_TITLE}
        occupations: dict[str, str] = {}
        notations: dict[str, str] = {}
        for concept in concepts:
            titles |= concept.group_titles
            occupations[concept.uri] = concept.isco_code
            if concept.notation:
                notations[concept.notation] = concept.isco_code
        return LabelReader(titles, occupations, column, notations)

    def codes(self, text: str) -> tuple[str, ...]:
        """The groups that a label names, each once; at least one. NO_JOB stands alone.

        Raises LabelError.
        """
        parts = [part.strip() for part in _SEPARATORS.split(text)]
        found = dict.fromkeys(self._code(part, text) for part in parts if part)
        if not found:
            raise LabelError(f"{self.column} {text!r} names no code")
        if NO_JOB in found and len(found) > 1:
            raise LabelError(f"{self.column} {text!r} names codes, and says that it is no job")
        return tuple(found)

    def uris(self, text: str) -> tuple[str, ...]:
        """The occupations of the taxonomy in use that a label names by their URIs; none of a label
        that names codes."""
        parts = (part.strip() for part in _SEPARATORS.split(text))
        return tuple(
            dict.fromkeys(
                part
                for part in parts
                if part in self.occupations and not _GROUP_URI.fullmatch(part)
            )
        )

    def _code(self, part: str, label: str) -> str:
        written = f"{self.column} {label!r}"
        if part in self.occupations:
            return self.occupations[part]
        if part in self.notations:
            # "2421.8" is in 2164: the digits of a code in ESCO need not be its group's.
            return self.notations[part]
        if says_no_job(part):
            return NO_JOB
        if group := _GROUP_URI.fullmatch(part):
            part = group[1]
        elif _URI.fullmatch(part):
            raise LabelError(f"{written} is no occupation of the taxonomy in use")
        elif (titled := _TITLED.fullmatch(part)) and self._is_titled(titled[1], titled[2]):
            part = titled[1]
        of_occupation = _ESCO_CODE.fullmatch(part) and not _FRACTION.fullmatch(part)
        if of_occupation and self.notations:
            raise LabelError(
                f"{written} is the code of no occupation of the taxonomy in use: if its unit group "
                "is meant, write that"
            )
        forms = (_FRACTION, _ESCO_CODE, _PLAIN)
        match = next((found for form in forms if (found := form.fullmatch(part))), None)
        if match is None:
            raise LabelError(
                f"{written} is not an ISCO-08 code: one to four digits are expected, several of "
                "them with | between"
            )
        digits = match[1]
        if digits in self.titles:
            return digits
        raise LabelError(f"{written} {self._why_not(digits)}")

    def _is_titled(self, code: str, words: str) -> bool:
        """Whether words after a code begin with its title, rather than with another code."""
        title = self.titles.get(code)
        return bool(title) and words.casefold().startswith(str(title).casefold())

    def _why_not(self, digits: str) -> str:
        if len(digits) > UNIT_LEVEL:
            return f"has {len(digits)} digits; ISCO-08 has at most {UNIT_LEVEL}"
        if (longer := f"0{digits}") in self.titles:
            return (
                f"is no group of ISCO-08: did a spreadsheet drop the zero of {longer} "
                f"{self.titles[longer]}? Then write it with the zero"
            )
        if digits in _isco_88():
            return "is a code of ISCO-88, not of ISCO-08"
        shorter = digits.rstrip("0")
        if shorter in self.titles:
            return (
                f"is no group of ISCO-08: if it is {shorter} {self.titles[shorter]} that is meant, "
                "write it without zeros at the end"
            )
        return "is no group of the taxonomy in use"


@cache
def _isco_88() -> frozenset[str]:
    return frozenset(load_rules("isco_88")["unit_groups"].split())
