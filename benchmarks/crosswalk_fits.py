"""What is fitted: how sharply occupations are told apart, and how much likeness may count."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.crosswalk_cases import Case
from benchmarks.crosswalk_measures import UNIFORM
from isco.core.names import name_key
from isco.core.records import Concept
from isco.crosswalk.joining import Crosswalk
from isco.crosswalk.likeness import Likeness
from isco.crosswalk.links import Link, Relation
from isco.crosswalk.weighing import link_shares
from isco.retriever.deciding.occupations import likely_occupations

TEMPERATURES = (0.3, 0.35, 0.4, 0.45, 0.47, 0.5, 0.55, 0.6, 0.7, 0.8)
SHARPNESSES = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
LEAST = 1e-4


def fitted_temperature(cases: Sequence[Case]) -> float:
    """Under which the right occupations are likeliest, where the code has one of them."""

    def likelihood(temperature: float) -> float:
        logs = []
        for case in cases:
            code = case.prediction.best_code or ""
            found = likely_occupations({code: 1.0}, lambda _, c=case: c.leaves, temperature)
            if any(leaf.uri in case.occupations for leaf, _ in case.leaves):
                right = sum(e.probability for e in found if e.uri in case.occupations)
                logs.append(np.log(max(right, LEAST)))
        return float(np.mean(logs))

    return max(TEMPERATURES, key=likelihood)


def own_names(crosswalk: Crosswalk, concepts: Sequence[Concept]) -> list[tuple[str, Any, str]]:
    """Names of occupations that are no label of the table, with the occupation's links and the one
    exact target, where there are others too."""
    labels = set(map(name_key, crosswalk.table.labels.values()))
    found = []
    for concept in concepts:
        links = crosswalk.of_occupation.get(concept.uri, ())
        exact = [link.code for link in links if link.relation is Relation.EXACT]
        names = [name for name in concept.alt_labels if name_key(name) not in labels]
        if len(links) > 1 and len(exact) == 1 and names:
            found.append((names[0], links, exact[0]))
    return found


def fitted_sharpness(cases: Sequence[tuple[str, Sequence[Link], str]], table: Any) -> Any:
    """Of the likeness: under which the exact target is likeliest, all relations being alike; how
    often it is the most like, and how often it would be by chance."""
    likeness = Likeness(table.labels)
    alike = [
        likeness.to(vector, [link.code for link in links])
        for vector, (_, links, _) in zip(
            likeness.of([name for name, _, _ in cases]), cases, strict=True
        )
    ]

    def likelihood(sharpness: float) -> float:
        logs = []
        for (_, links, exact), each in zip(cases, alike, strict=True):
            shares = link_shares(links, each, UNIFORM, sharpness)
            of = dict(zip((link.code for link in links), shares, strict=True))
            logs.append(np.log(max(of[exact], LEAST)))
        return float(np.mean(logs))

    right = [max(e, key=e.__getitem__) == c[2] for c, e in zip(cases, alike, strict=True)]
    return {
        "names": len(cases),
        "sharpness": max(SHARPNESSES, key=likelihood),
        "most alike": float(np.mean(right)),
        "by chance": float(np.mean([1 / len(links) for _, links, _ in cases])),
    }
