"""The words of an ad that speak for its candidates: names of few groups have them. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from isco.serve.groups import GroupTree

# As in the search by words: forms of a word fall together in their first letters.
_LETTERS = 7
_FEWEST_LETTERS = 4
# A word that more groups have than this says little of any.
_MOST_GROUPS = 40
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether it is marked."""

    text: str
    marked: bool


class NameWords:
    """Which unit groups have a word in their names."""

    def __init__(self, groups_of: dict[str, set[str]]) -> None:
        self._groups_of = groups_of

    @staticmethod
    def of(tree: GroupTree) -> "NameWords":
        """Of the titles, examples and occupations of a taxonomy."""
        found: dict[str, set[str]] = {}
        for group in tree.unit_groups():
            names = (group.label, *group.examples, *(each.label for each in group.occupations))
            for name in names:
                for word in _WORD.findall(name):
                    found.setdefault(_stem(word), set()).add(group.code)
        return NameWords(found)

    def mark(self, text: str, codes: Sequence[str], names: Iterable[str] = ()) -> list[Piece]:
        """`text` in pieces, the words marked that `names`, or the names of these codes, have."""
        wanted = set(codes)
        own = {_stem(word) for name in names for word in _WORD.findall(name)}
        pieces: list[Piece] = []
        end = 0
        for match in _WORD.finditer(text):
            if not self._speaks(match[0], wanted, own):
                continue
            if match.start() > end:
                pieces.append(Piece(text[end : match.start()], marked=False))
            pieces.append(Piece(match[0], marked=True))
            end = match.end()
        return [*pieces, Piece(text[end:], marked=False)] if end < len(text) else pieces

    def _speaks(self, word: str, wanted: set[str], own: set[str]) -> bool:
        if len(word) < _FEWEST_LETTERS:
            return False
        stem = _stem(word)
        groups = self._groups_of.get(stem, set())
        return len(groups) <= _MOST_GROUPS and (bool(groups & wanted) or stem in own)


def _stem(word: str) -> str:
    return word.casefold()[:_LETTERS]
