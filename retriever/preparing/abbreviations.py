"""The abbreviations in a title, written out: "CNA" is a certified nursing assistant. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from isco.core.names import name_key
from isco.retriever.preparing.rules import load_rules

ANY = "any"
_ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """A title in words. `language` is the one whose abbreviation it had, None without any."""

    title: str
    language: str | None = None


def write_out(title: str, languages: Sequence[str]) -> WrittenOut:
    """A clean title with its abbreviations written out, by the first of `languages` that has one.

    English and what holds everywhere come last. Letters count as an abbreviation only in capitals,
    for "pa" and "as" are words.
    """
    for language in dict.fromkeys((*languages, _ENGLISH, ANY)):
        pattern, words = _table(language)
        if pattern and pattern.search(title):
            parts = pattern.split(title)
            # The pattern's one group makes every second part an abbreviation.
            parts[1::2] = [words[name_key(short)] for short in parts[1::2]]
            return WrittenOut("".join(parts), None if language == ANY else language)
    return WrittenOut(title)


@cache
def _table(language: str) -> tuple[re.Pattern[str] | None, Mapping[str, str]]:
    """What finds the abbreviations of a language, the longest first, and what they stand for."""
    sectors: Mapping[str, Mapping[str, str]] = load_rules("abbreviations").get(language, {})
    entries = {str(short): words for sector in sectors.values() for short, words in sector.items()}
    if not entries:
        return None, {}
    found = "|".join(map(_pattern, sorted(entries, key=len, reverse=True)))
    return re.compile(rf"(?<![\w&/+-])({found})(?![\w&/+-])"), {
        name_key(short): words for short, words in entries.items()
    }


def _pattern(short: str) -> str:
    """Its capitals as they are, its other words in either case."""
    return r"\s+".join(map(_word, short.split()))


def _word(word: str) -> str:
    if word.isupper() or not word.isalpha():
        return re.escape(word)
    return f"(?i:{re.escape(word)})"
