"""The most job-like sentences of an ad: what one does there, rather than who advertises. Pure.

A text is cut into its pieces, each judged by the part of the ad that it stands in and by what it
says; what employers and job boards say of themselves in every ad counts for nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from isco.retriever.preparing.rules import any_of, load_rules

# Where a sentence may end, or a list go on, within a line. Begins with the blank, which is quick.
_END = re.compile(r"\s(?:(?<=[.!?;]\s)\s*(?=[\w\-–(])|\s*[-–]\s+(?=[A-Z]))")
_DOTTED = re.compile(r"(?:^|[\s(])(?:[^\W\d_]{1,3}\.)+[^\W\d_]{0,3}\.$|(?:^|[\s(])[^\W\d_]\.$")
_BULLETS = "•·●▪◦✓✔➢►"
_LONGEST_TEXT = 20_000
_LENGTHS = (12, 400)
_SENTENCES_KEPT = 16_384
_LOOKED_BACK = 12
_LONGEST_HEADING = 80

# How much a sentence of each part is worth; parts at zero are left out.
_WORTH = {"duties": 3, "opening": 2, "requirements": 1, "company": 0, "benefits": 0, "apply": 0}


@dataclass(frozen=True, slots=True)
class JobText:
    """What a text says of the job, in its own order: `best` of it as far as there is room, `all`
    of it."""

    best: str
    all: str


@dataclass(frozen=True, slots=True)
class _Sentence:
    position: int
    worth: int
    text: str


class SentencePicker:
    """Compiled rules of `rules/sections.yaml` and `rules/sentence_ends.yaml`."""

    def __init__(self) -> None:
        sections = load_rules("sections")
        self._headings = {
            part: any_of(rules["headings"], prefix=r"(?<!\w)", suffix=r"(?=\s*(?:[:?\-–]|$))")
            for part, rules in sections.items()
        }
        self._inline = re.compile(
            "|".join(
                f"(?P<{part}>(?<!\\w)(?:{'|'.join(rules['headings'])})\\s*[:?])"
                for part, rules in sections.items()
            ),
            re.IGNORECASE,
        )
        self._phrases = {part: any_of(rules["phrases"]) for part, rules in sections.items()}
        ends = load_rules("sentence_ends")
        self._never = any_of(ends["never"], prefix=r"(?:^|[\s(])", suffix=r"\.$")
        self._before_capitals = any_of(
            ends["before capitals"], prefix=r"(?:^|[\s(])", suffix=r"\.$"
        )
        # Employers and job boards use the same sentences in many ads.
        self._judged = lru_cache(_SENTENCES_KEPT)(self._judge)

    def pick(self, text: str, characters: int) -> JobText:
        """Of a plain text the most job-like sentences, up to `characters` of them, and all.

        A sentence that comes again counts once. What comes after 20,000 characters is not looked
        at: no ad says so late what it is about.
        """
        found: dict[str, _Sentence] = {}
        part = "opening"
        for piece in self._pieces(text[:_LONGEST_TEXT]):
            part, sentences = self._judged(" ".join(piece.split()), part)
            for worth, sentence in sentences:
                found.setdefault(sentence.casefold(), _Sentence(len(found), worth, sentence))
        chosen, room = [], characters
        for item in sorted(found.values(), key=lambda item: (-item.worth, item.position)):
            if len(item.text) <= room:
                chosen.append(item)
                room -= len(item.text) + 1
        chosen.sort(key=lambda item: item.position)
        return JobText(
            " ".join(item.text for item in chosen), " ".join(item.text for item in found.values())
        )

    def openings(self, text: str) -> Iterator[str]:
        """The sentences of a plain text however short, but for what employers say of themselves, of
        benefits and of how to apply."""
        part = "opening"
        for piece in self._pieces(text[:_LONGEST_TEXT]):
            cut = self._parts(" ".join(piece.split()), part)
            part = cut[-1][0]
            yield from (sentence for of, sentence in cut if sentence and self._worth(sentence, of))

    def _pieces(self, text: str) -> Iterator[str]:
        """The elements of lists, and the sentences."""
        for bullet in _BULLETS:
            text = text.replace(bullet, "\n")
        return chain.from_iterable(map(self._split, text.split("\n")))

    def _split(self, line: str) -> Iterator[str]:
        """The sentences of a line; "Sp. z o.o." and the like end none."""
        start = 0
        for end in _END.finditer(line):
            if not self._goes_on(
                line[max(start, end.start() - _LOOKED_BACK) : end.start()], line[end.end() :]
            ):
                yield line[start : end.start()]
                start = end.end()
        yield line[start:]

    def _goes_on(self, before: str, after: str) -> bool:
        if not before.endswith("."):
            return False
        if _DOTTED.search(before) or self._never.search(before):
            return True
        return after[:1].islower() and bool(self._before_capitals.search(before))

    def _judge(self, piece: str, part: str) -> tuple[str, tuple[tuple[int, str], ...]]:
        """The part that a piece leads into, and what in it is worth keeping: (worth, sentence)."""
        cut = self._parts(piece, part)
        shortest, longest = _LENGTHS
        worths = [(self._worth(sentence, of_part), sentence) for of_part, sentence in cut]
        kept = [(w, s[:longest]) for w, s in worths if w and len(s) >= shortest]
        return cut[-1][0], tuple(kept)

    def _parts(self, piece: str, part: str) -> list[tuple[str, str]]:
        """Cut a piece at the headings in it: (part, sentence) pairs; `part` is the one before."""
        cut: list[tuple[str, str]] = []
        start = 0
        # All of them end so, and most pieces have neither.
        ends_a_heading = ":" in piece or "?" in piece
        for match in self._inline.finditer(piece) if ends_a_heading else ():
            cut.append((part, piece[start : match.start()].strip()))
            part, start = match.lastgroup or part, match.end()
        rest = piece[start:].strip()
        for name, heading in self._headings.items() if len(rest) <= _LONGEST_HEADING else ():
            whole = heading.match(rest)
            if whole and len(rest) - whole.end() <= 2:
                return [*cut, (name, "")]
        return [*cut, (part, rest)]

    def _worth(self, sentence: str, part: str) -> int:
        for away in ("apply", "benefits", "company"):
            if self._phrases[away].search(sentence):
                return 0
        if self._phrases["duties"].search(sentence):
            return _WORTH["duties"]
        if part == "opening" and self._phrases["requirements"].search(sentence):
            return _WORTH["requirements"]
        return _WORTH[part]
