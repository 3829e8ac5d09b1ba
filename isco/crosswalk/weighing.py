"""How much each target of an occupation counts for an ad: by its relation to the occupation, by
what the table itself says, and by how like its own label the ad's title is. Pure.

The weights of the relations were fitted on titles of national classifications, each without its own
label in the table, that of the likeness on ESCO's own names of occupations (docs/crosswalks.md).
"""

import math
from collections.abc import Mapping, Sequence

from isco.crosswalk.links import Link, Relation

RELATIONS: Mapping[Relation | None, float] = {
    Relation.EXACT: 1.0,
    Relation.CLOSE: 0.25,
    Relation.NARROW: 0.2,
    Relation.BROAD: 0.05,
    None: 0.25,
}
LIKENESS = 4.0


def link_shares(
    links: Sequence[Link],
    likeness: Mapping[str, float],
    relations: Mapping[Relation | None, float] = RELATIONS,
    sharpness: float = LIKENESS,
) -> list[float]:
    """What each of the links of one occupation has of an ad in it; they sum to 1.

    `likeness` is that of the ad's title to the labels of targets, by code (0 to 1); a target that
    is not in it is as like as the mean of the others.
    """
    known = [likeness[link.code] for link in links if link.code in likeness]
    mean = sum(known) / len(known) if known else 0.0
    weights = [
        relations[link.relation] * link.weight * math.exp(sharpness * likeness.get(link.code, mean))
        for link in links
    ]
    total = sum(weights)
    return [weight / total for weight in weights] if total else [1 / len(links)] * len(links)
