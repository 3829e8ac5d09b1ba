"""The words of which orders to a machine are made: which kinds of them a text has, and where. Pure.

Every entry of `rules/prompt_injection.yaml` belongs to a kind and a language. A word's kinds are
one number: a bit for each language, the languages of one kind side by side.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache

from isco.retriever.preparing.disguises import fold
from isco.retriever.preparing.rules import load_rules

_EVERYWHERE = "all"
_WORD = re.compile(r"\w+")
_SET_APART = re.compile(r"[^\W_]+")
# Languages that set no spaces between words are searched within them.
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u1100-\u11ff]")
_BETWEEN = r"(?:\W+\w+){0,3}?\W+"
_SHORTEST, _LONGEST, _SHORT = 1, 14, 3

Span = tuple[int, int]


class OrderWords:
    """Compiled `rules/prompt_injection.yaml`."""

    def __init__(self) -> None:
        kinds: dict[str, dict[str, list[str]]] = load_rules("prompt_injection")
        found = dict.fromkeys(lang for by in kinds.values() for lang in by if lang != _EVERYWHERE)
        self.languages = tuple(found)
        self._rows = {language: row for row, language in enumerate(self.languages)}
        self._places = {kind: row * len(self.languages) for row, kind in enumerate(kinds)}
        self._all = (1 << len(self.languages)) - 1
        self._entries = {
            (kind, language): [
                fold(entry) for entry in (*by.get(language, ()), *by.get(_EVERYWHERE, ()))
            ]
            for kind, by in kinds.items()
            for language in self.languages
        }
        self._whole: dict[str, int] = {}
        self._beginnings: dict[str, int] = {}
        self._anywhere: dict[str, int] = {}
        for (kind, language), entries in self._entries.items():
            bit = 1 << (self._places[kind] + self._rows[language])
            shared = Counter(word for entry in entries for word in _words(entry))
            for entry in entries:
                self._register(entry, bit, shared)
        self._of_word = lru_cache(65_536)(self._find)
        self._patterns: dict[tuple[str, str], re.Pattern[str]] = {}

    def of_text(self, folded: str) -> int:
        """All kinds that the words of a folded text may have; words of several count by one."""
        kinds = 0
        for word in set(_WORD.findall(folded)):
            kinds |= self._of_word(word)
        return kinds

    def languages_of(self, kinds: int, kind: str) -> int:
        """The languages, as bits, in which a text with `kinds` has words of `kind`."""
        return kinds >> self._places[kind] & self._all

    def has(self, kinds: int, kind: str, language: str) -> bool:
        """Whether a text with `kinds` may have an entry of `kind` in a language."""
        return bool(kinds >> (self._places[kind] + self._rows[language]) & 1)

    def named(self, languages: int) -> Iterable[str]:
        """The languages that bits stand for."""
        return (name for row, name in enumerate(self.languages) if languages >> row & 1)

    def spans(self, kind: str, language: str, folded: str) -> list[Span]:
        """Where a folded text has entries of that kind and language."""
        key = kind, language
        if key not in self._patterns:
            self._patterns[key] = _compiled(self._entries[key])
        return [match.span() for match in self._patterns[key].finditer(folded)]

    def _register(self, entry: str, bit: int, shared: Counter[str]) -> None:
        """An entry of several words is noticed by the one that the fewest entries have."""
        if entry.startswith("*"):
            self._anywhere[entry[1:].strip()] = self._anywhere.get(entry[1:].strip(), 0) | bit
            return
        words = _words(entry)
        telling = [word for word in words if len(word.rstrip("$")) > _SHORT] or words
        word = min(telling, key=lambda word: (shared[word], -len(word)))
        ends = word.endswith("$")
        # The text is looked at word by word, without what stands between them.
        parts = _SET_APART.findall(word) or [""]
        longest = max(parts, key=len)
        into = self._whole if ends or longest != parts[-1] else self._beginnings
        into[longest] = into.get(longest, 0) | bit

    def _find(self, word: str) -> int:
        kinds = self._whole.get(word, 0)
        for length in range(_SHORTEST, min(len(word), _LONGEST) + 1):
            kinds |= self._beginnings.get(word[:length], 0)
        if _NO_SPACES.search(word):
            for part, bits in self._anywhere.items():
                if part in word:
                    kinds |= bits
        return kinds


def _words(entry: str) -> list[str]:
    return [word for word in re.split(r"[\s~]+", entry) if word]


def _compiled(entries: Iterable[str]) -> re.Pattern[str]:
    """One pattern of entries, the words by their first letters, which is quick."""
    by_letter: dict[str, list[str]] = {}
    others = []
    for entry in entries:
        if entry[:1].isalnum():
            by_letter.setdefault(entry[0], []).append(_pattern(entry))
        else:
            others.append(re.escape(entry.removeprefix("*")))
    ways = list(others)
    if by_letter:
        words = "|".join(f"(?={first})(?:{'|'.join(by)})" for first, by in by_letter.items())
        ways.append(rf"(?<!\w)(?=[{''.join(by_letter)}])(?:{words})")
    return re.compile("|".join(ways) or r"(?!)")


def _pattern(entry: str) -> str:
    words = [
        re.escape(word.removesuffix("$")) + (r"(?!\w)" if word.endswith("$") else r"\w*")
        for word in re.split(r"\s+", entry)
        if word != "~"
    ]
    gaps = [_BETWEEN if "~" in gap else r"\s+" for gap in re.findall(r"\s+(?:~\s+)?", entry)]
    return words[0] + "".join(gap + word for gap, word in zip(gaps, words[1:], strict=True))


@cache
def order_words() -> OrderWords:
    """The packaged words, compiled once."""
    return OrderWords()
