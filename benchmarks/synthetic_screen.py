"""Which made-up ads may be learned: what says something new and does not give its label away."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from scipy import sparse

from isco.core import lexical
from isco.core.names import name_key
from isco.core.records import Ad, Concept
from isco.core.sparse_rows import unit_rows

ALIKE = 0.9
# The column that says which half lent the style.
LENT_BY = "lent_by"
_SHORTEST = 80
_RUN = 6
_MOST_COPIED = 0.5
_CODES = re.compile(r"\b(?:ISCO|ESCO|ISCED|NACE)\b|\b\d{4}\.\d")


class Half(StrEnum):
    """Every second of the real ads, from the first or the second on."""

    FIRST = "first"
    SECOND = "second"

    def of(self, ads: Sequence[Ad]) -> Sequence[Ad]:
        """The half of these."""
        return ads[self is Half.SECOND :: 2]


@dataclass(frozen=True, slots=True)
class SyntheticAd:
    """An ad made up for an occupation."""

    occupation: Concept
    title: str
    text: str

    def as_row(self, name: str) -> dict[str, Any]:
        """As a line of a file of labelled ads."""
        return {
            "id": name,
            "title": self.title,
            "description": self.text,
            "language": self.occupation.language,
            "isco_code": self.occupation.isco_code,
        }


@dataclass
class Screen:
    """Lets ads pass that are unlike `known` ones and those that have passed. `left_out` counts the
    others by why; with `copies_allowed` a text may be the occupation's own description."""

    known: list[Any]
    copies_allowed: bool = False
    left_out: Counter[str] = field(default_factory=Counter)

    @staticmethod
    def of(ads: Sequence[Ad], copies_allowed: bool = False) -> "Screen":
        """Before the real `ads`, of which none may come again."""
        return Screen([_grams(f"{ad.title}\n{ad.description}") for ad in ads], copies_allowed)

    def passes(self, ad: SyntheticAd) -> bool:
        """Whether the ad may be learned; it is then among what others must be unlike."""
        grams = _grams(f"{ad.title}\n{ad.text}")
        why = self._why_not(ad, grams)
        if why:
            self.left_out[why] += 1
            return False
        self.known.append(grams)
        return True

    def _why_not(self, ad: SyntheticAd, grams: Any) -> str | None:
        if len(ad.text) < _SHORTEST or not ad.title:
            return "says too little"
        if _CODES.search(f"{ad.title} {ad.text}"):
            return "speaks of a classification"
        if name_key(ad.title) == name_key(ad.occupation.label):
            return "its title is the occupation's label"
        if not self.copies_allowed and copied(ad.text, ad.occupation.description) > _MOST_COPIED:
            return "its text is the occupation's description"
        similar = sparse.vstack(self.known) @ grams.T if self.known else None
        if similar is not None and similar.max() > ALIKE:
            return "as another"
        return None


def copied(text: str, original: str) -> float:
    """Share of the runs of six words of `original` that stand in `text`."""
    runs = _runs(original)
    return len(runs & _runs(text)) / len(runs) if runs else 0.0


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}


def _grams(text: str) -> Any:
    return unit_rows(lexical.counts([text])).matrix()
