"""Names as ads and lists write them: shouted, in the plural, with a company, pay, and slips."""

import random
import re
from collections.abc import Callable

_GENDER = (" (m/f)", " (m/w/d)", " H/F", " (h/f)", " K/M", " (f/m/x)", " m/v", "/in", "/a", "(a)")
_SENIORITY = ("Senior ", "Junior ", "Lead ", "Trainee ", "Experienced ", "Head ", "Assistant ")
_BEHIND = (
    " - full time", " wanted", ", part-time", " (remote)", " - Berlin", " | Madrid", " @ Acme Ltd",
    " - 2 years experience", " (night shift)", " €35,000", " in Warsaw", " - urgent", " x3",
    " gesucht", " in Vollzeit", " CDI", " - temps partiel", ", jornada completa", " - pilne",
    " (parttime)", " - Porto", " II", " 40 h", ", in general", " - Ref. 20418",
)  # fmt: skip
# Languages in which the first word of a name, or the last, takes the ending of the plural.
_HEAD_FIRST = {"es", "fr", "pt"}
_HEAD_LAST = {"en"}
_WORD = re.compile(r"\w+")
_LONG_ENOUGH = 6

Change = Callable[[str, str, random.Random], str]


def noisy(name: str, language: str, rng: random.Random) -> str:
    """`name`, which is of this language, in about two of five cases with what ads do to it."""
    for share, change in _CHANGES:
        if rng.random() < share:
            name = change(name, language, rng)
    return name


def _plural(name: str, language: str, _: random.Random) -> str:
    """ "geneticist" as lists have it: "geneticists"; where it can't be told, as it was."""
    words = list(_WORD.finditer(name))
    if not words or language not in _HEAD_FIRST | _HEAD_LAST:
        return name
    word = words[0 if language in _HEAD_FIRST else -1]
    end = word.end()
    if name[end - 1] in "sxz":
        return name
    if language in _HEAD_LAST and name[end - 1] == "y" and name[end - 2] not in "aeiou":
        return f"{name[: end - 1]}ies{name[end:]}"
    vowel = name[end - 1] in "aeioué" or language not in {"es", "pt"}
    return f"{name[:end]}{'s' if vowel else 'es'}{name[end:]}"


def _typo(name: str, _: str, rng: random.Random) -> str:
    """Two neighbouring letters changed, or one left out."""
    if len(name) < _LONG_ENOUGH:
        return name
    place = rng.randrange(1, len(name) - 2)
    if rng.random() < 0.5:
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    return name[:place] + name[place + 1 :]


def _inverted(name: str, *_: object) -> str:
    """ "stonework worker" as indexes have it: "worker, stonework"."""
    first, last = name.rpartition(" ")[::2]
    return f"{last}, {first}" if first else name


# In this order: what is put before and behind is shouted too.
_CHANGES: tuple[tuple[float, Change], ...] = (
    (0.04, _inverted),
    (0.05, _plural),
    (0.04, _typo),
    (0.05, lambda name, _, rng: rng.choice(_SENIORITY) + name),
    (0.06, lambda name, _, rng: name + rng.choice(_GENDER)),
    (0.09, lambda name, _, rng: name + rng.choice(_BEHIND)),
    (0.14, lambda name, *_: name.title()),
    (0.08, lambda name, *_: name.upper()),
)
