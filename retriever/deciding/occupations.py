"""The occupations that an ad may be in: the vote by occupation, inside each likely code. Pure.

All occupations of a code vote, not those among the candidates alone: their share of the code's
probability is the softmax of their scores. How sharp that is was fitted on titles whose occupation
people had chosen (docs/decisions/0017).
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from isco.core.codes import UNIT_LEVEL
from isco.core.records import Concept, Kind, Occupation

MOST = 10
_LEAST = 0.005
TEMPERATURE = 0.47


def likely_occupations(
    probabilities: Mapping[str, float],
    leaves: Callable[[str], Sequence[tuple[Concept, float]]],
    temperature: float = TEMPERATURE,
) -> tuple[Occupation, ...]:
    """The likeliest occupations, the likeliest first: at most 10, none under half a percent.

    `probabilities` are those of unit groups; `leaves` gives the concepts of one with their scores,
    of which the unit group itself is no occupation.
    """
    likely = [
        occupation
        for code, probability in probabilities.items()
        if probability >= _LEAST
        for occupation in _of_code(code, probability, leaves(code), temperature)
    ]
    # Sorting keeps the order of the codes among equals.
    return tuple(sorted(likely, key=lambda each: -each.probability)[:MOST])


def occupation_within(code: str | None, occupations: Iterable[Occupation]) -> Occupation | None:
    """The first of `occupations` in the unit group `code`; None for a shorter one, and for none."""
    if len(code or "") != UNIT_LEVEL:
        return None
    return next((each for each in occupations if each.isco_code == code), None)


def _of_code(
    code: str, probability: float, leaves: Sequence[tuple[Concept, float]], temperature: float
) -> Iterator[Occupation]:
    below = [(leaf, score) for leaf, score in leaves if leaf.kind != Kind.GROUP]
    highest = max((score for _, score in below), default=0.0)
    weights = [math.exp((score - highest) / temperature) for _, score in below]
    total = sum(weights)
    for (leaf, _), weight in zip(below, weights, strict=True):
        part = round(probability * weight / total, 4)
        if part >= _LEAST:
            yield Occupation(leaf.uri, leaf.main_label or leaf.label, code, part)
