"""Try rules by their first letters: of thirty rules a word begins only two or three. Pure.

Python's engine tries the alternatives of a pattern one after another. Here it is led to those that
can begin with the letter at hand, by halving the letters, and finds the very same matches.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

# An escaped character, a class of them, or a character.
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_GROUP = "(?:"
_OPTIONAL = ("?", "*", "{")
_SIGNS = ("@", "€", "£", "#")


def by_first_letter(rules: Sequence[str]) -> str | None:
    """A pattern of all `rules`; None where one of them may begin with anything but known letters.

    A rule begins with `\\b` and then with a letter or with a group `(?:…|…)` of such beginnings,
    and so does whatever stands between bars of its own. What begins with `^` is tried at the
    beginning alone, and what begins with a sign, such as `@`, where that stands.
    """
    beginning: dict[str, list[str]] = {}
    at_the_beginning: list[str] = []
    signs: list[str] = []
    for rule in rules:
        ways = _alternatives(f"{rule})") or []
        at_the_beginning += [way[1:] for way in ways if way.startswith("^")]
        signs += [way for way in ways if way.startswith(_SIGNS)]
        within = [way for way in ways if not way.startswith(("^", *_SIGNS))]
        letters = _union(
            _first_letters(way[2:]) if way.startswith(r"\b") else None for way in within
        )
        if letters is None or not ways:
            return None
        for letter in letters:
            beginning.setdefault(letter, []).append("|".join(_narrowed(within, letter)))
    patterns = []
    if at_the_beginning:
        patterns.append(f"^(?:{'|'.join(f'(?:{way})' for way in at_the_beginning)})")
    if beginning:
        patterns.append(rf"\b{_halved(sorted(beginning), beginning)}")
    patterns += signs
    return f"(?:{'|'.join(patterns)})" if patterns else None


def _narrowed(ways: Sequence[str], letter: str) -> list[str]:
    """Those of `ways` that can begin with a letter, without what of a first group can't."""
    found = []
    for way in ways:
        begins = way.removeprefix(r"\b")
        if letter not in (_first_letters(begins) or ()):
            continue
        first = _alternatives(begins.removeprefix(_GROUP)) if begins.startswith(_GROUP) else None
        rest = begins[len(_GROUP) + len("|".join(first)) + 1 :] if first else ""
        # Of what is repeated any may follow.
        if first and not rest.startswith("+"):
            begin = [one for one in first if letter in (_first_letters(one) or ())]
            begins = f"{_GROUP}{'|'.join(begin)}){rest}"
        found.append(rf"\b{begins}")
    return found


def _first_letters(pattern: str) -> set[str] | None:
    """The letters, in lower case, that a match can begin with; None if unknown."""
    if pattern.startswith(_GROUP):
        ways = _alternatives(pattern.removeprefix(_GROUP))
        return None if ways is None else _union(map(_first_letters, ways))
    known = pattern[:1].isalpha() and not pattern[1:].startswith(_OPTIONAL)
    return {pattern[0].lower()} if known else None


def _union(letters: Iterable[set[str] | None]) -> set[str] | None:
    """All of them together; None if one is."""
    found: set[str] = set()
    for some in letters:
        if some is None:
            return None
        found |= some
    return found


def _alternatives(rest: str) -> list[str] | None:
    """What stands between the bars of a group, of which `rest` is all but the opening.

    None where the group does not end, or may be left out.
    """
    words, depth = [""], 0
    for token in _TOKEN.finditer(rest):
        character = token.group()
        if character == ")" and not depth:
            return None if rest.startswith(_OPTIONAL, token.end()) else words
        if character == "|" and not depth:
            words.append("")
            continue
        depth += {"(": 1, ")": -1}.get(character, 0)
        words[-1] += character
    return None


def _halved(letters: Sequence[str], beginning: Mapping[str, Sequence[str]]) -> str:
    if len(letters) == 1:
        return f"(?:{'|'.join(f'(?:{rule})' for rule in beginning[letters[0]])})"
    half = len(letters) // 2
    halves = (letters[:half], letters[half:])
    tried = (f"(?=[{''.join(part)}]){_halved(part, beginning)}" for part in halves)
    return f"(?:{'|'.join(tried)})"
