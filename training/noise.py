"""Names as ads write them: shouted, with gender marks, a company, a place, pay, and slips."""

import random
from collections.abc import Callable, Sequence

_GENDER = (" (m/f)", " (m/w/d)", " H/F", " (h/f)", " K/M", " (f/m/x)", " m/v", "/in", "/a", "(a)")
_SENIORITY = ("Senior ", "Junior ", "Lead ", "Trainee ", "Experienced ", "Head ", "Assistant ")
_BEHIND = (
    " - full time", " wanted", ", part-time", " (remote)", " - Berlin", " | Madrid", " @ Acme Ltd",
    " - 2 years experience", " (night shift)", " €35,000", " in Warsaw", " - urgent", " x3",
)  # fmt: skip
_LONG_ENOUGH = 6


def noisy(name: str, rng: random.Random) -> str:
    """`name`, in about two of five cases with one thing that ads do to it."""
    for share, change in _CHANGES:
        if rng.random() < share:
            return change(name, rng)
    return name


def _typo(name: str, rng: random.Random) -> str:
    """Two neighbouring letters changed, or one left out."""
    if len(name) < _LONG_ENOUGH:
        return name
    place = rng.randrange(1, len(name) - 2)
    if rng.random() < 0.5:
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    return name[:place] + name[place + 1 :]


def _inverted(name: str) -> str:
    """ "stonework worker" as indexes have it: "worker, stonework"."""
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first else name


def _one_of(endings: Sequence[str]) -> Callable[[str, random.Random], str]:
    return lambda name, rng: name + rng.choice(endings)


_CHANGES: tuple[tuple[float, Callable[[str, random.Random], str]], ...] = (
    (0.08, lambda name, rng: name.upper()),
    (0.14, lambda name, rng: name.title()),
    (0.05, _one_of(_GENDER)),
    (0.05, _one_of(_BEHIND)),
    (0.04, lambda name, rng: rng.choice(_SENIORITY) + name),
    (0.04, _typo),
    (0.03, lambda name, _: _inverted(name)),
)
