"""How far coders agree, beyond what chance would bring. Pure.

Cohen's kappa for two coders (Cohen 1960), Krippendorff's alpha for nominal data, any number of
coders and missing codes (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"). At 4 to
1 digits: a code that is shorter than that is missing there; what is no code, such as "not a job",
is a value of its own at every level.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from isco.core.codes import is_code, truncate

LEVELS = (4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `n` ads that both coded, the share on which they agree; `kappa` is None where chance
    alone would always agree, or nothing was coded by both."""

    n: int
    share: float | None
    kappa: float | None


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Of the codes that two coders gave the same ads."""
    n = len(pairs)
    if not n:
        return Agreement(0, None, None)
    agreed = sum(a == b for a, b in pairs) / n
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(first[value] * second[value] for value in first) / n**2
    kappa = None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)
    return Agreement(n, agreed, kappa)


def krippendorffs_alpha(units: Iterable[Sequence[str]]) -> float | None:
    """Of units, each with the codes that it was given; None where no two can be compared, or all
    of them are the same value."""
    counts = [Counter(unit) for unit in units if len(unit) > 1]
    total = sum(map(Counter.total, counts))
    values: Counter[str] = Counter()
    disagreed = 0.0
    for unit in counts:
        m = unit.total()
        values.update(unit)
        disagreed += (m * m - sum(n * n for n in unit.values())) / (m - 1)
    expected = total * total - sum(n * n for n in values.values())
    return 1 - (total - 1) * disagreed / expected if expected else None


def at_level(said: str, digits: int) -> str | None:
    """What was said of an ad at so many digits; None where it says nothing there."""
    if not is_code(said):
        return said
    return truncate(said, digits) if len(said) >= digits else None


def pairs_at(
    first: Mapping[str, str], second: Mapping[str, str], digits: int
) -> list[tuple[str, str]]:
    """What two coders said of the ads that both coded to that many digits, by the ads' keys."""
    both = ((at_level(said, digits), at_level(second[ad], digits))
            for ad, said in first.items() if ad in second)  # fmt: skip
    return [(a, b) for a, b in both if a is not None and b is not None]


def agreement_of_pairs(
    coders: Mapping[str, Mapping[str, str]],
) -> dict[tuple[str, str], dict[int, Agreement]]:
    """Of every two coders that share an ad, at each level. `coders` have what each said, by ad."""
    found = {}
    for a, b in combinations(sorted(coders), 2):
        if coders[a].keys() & coders[b].keys():
            found[a, b] = {
                digits: cohens_kappa(pairs_at(coders[a], coders[b], digits)) for digits in LEVELS
            }
    return found


def alpha_of_all(coders: Mapping[str, Mapping[str, str]]) -> dict[int, float | None]:
    """Krippendorff's alpha over all coders at each level."""
    said: dict[str, list[str]] = {}
    for codes in coders.values():
        for ad, code in codes.items():
            said.setdefault(ad, []).append(code)
    return {
        digits: krippendorffs_alpha(
            [each for code in unit if (each := at_level(code, digits)) is not None]
            for unit in said.values()
        )
        for digits in LEVELS
    }
