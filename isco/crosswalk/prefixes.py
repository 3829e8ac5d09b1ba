"""Shorter codes of a national classification: which beginnings of its codes are groups. Pure.

Whether a classification is built of digits that narrow down is said in no table, but shows in it:
targets that begin alike are about occupations that are alike. A length is a level where two targets
that share so much are often in one sub-major group of ISCO, and more often in one unit group than
those of the level above; or where a separator follows. Running numbers have no such length.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from isco.core.codes import UNIT_LEVEL

_SUB_MAJOR = 2
# Shares of pairs in one sub-major group; running numbers of titles in the order of the alphabet
# come to .29 in the table of ROME.
_LEAST_ALIKE = 0.35
_GAIN = 1.25
# Fewer pairs tell nothing.
_FEWEST_PAIRS = 30


def levels_of(groups_of: Mapping[str, Iterable[str]]) -> tuple[int, ...]:
    """The lengths at which codes may be cut, the longest first.

    `groups_of` has, for each target code, the ISCO codes of what it is linked to.
    """
    firsts = {code: next(iter(groups), "") for code, groups in groups_of.items()}
    first = {code: group for code, group in firsts.items() if group}
    found: list[int] = []
    above = 0.0
    for length in range(1, max(map(len, first), default=0)):
        parts = _parts(first, length)
        alike = _alike(parts, UNIT_LEVEL)
        if alike is None or (_alike(parts, _SUB_MAJOR) or 0.0) < _LEAST_ALIKE:
            continue
        if alike >= _GAIN * above or _is_before_separator(first, length):
            found.append(length)
            above = alike
    return tuple(reversed(found))


def shorter(code: str, levels: Sequence[int]) -> tuple[str, ...]:
    """The groups that a code is in, the longest first."""
    cut = (code[:length].rstrip(" .-/") for length in levels if length < len(code))
    return tuple(dict.fromkeys(each for each in cut if each and each != code))


def _parts(first: Mapping[str, str], length: int) -> list[list[str]]:
    """The ISCO codes of targets that share a beginning and go on."""
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for code, group in first.items():
        if len(code) > length and code[length - 1].isalnum():
            parts[code[:length]].append(group)
    return list(parts.values())


def _alike(parts: Sequence[Sequence[str]], digits: int) -> float | None:
    """The share of pairs within the parts whose ISCO codes share so many digits; None of few."""
    counts = [Counter(group[:digits] for group in part) for part in parts]
    pairs = sum(_pairs(part.total()) for part in counts)
    same = sum(_pairs(count) for part in counts for count in part.values())
    return same / pairs if pairs >= _FEWEST_PAIRS else None


def _is_before_separator(codes: Iterable[str], length: int) -> bool:
    long = [code for code in codes if len(code) > length]
    return bool(long) and all(not code[length].isalnum() for code in long)


def _pairs(number: int) -> int:
    return number * (number - 1) // 2
