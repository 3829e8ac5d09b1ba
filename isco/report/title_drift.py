"""Whether the titles of two runs mean the same kind of work, by their vectors. Pure.

Compared are the means of both; how far apart these are by chance is found by parting all vectors
anew at random (a permutation test).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isco.core.names import name_key

Vectors = NDArray[np.float32]

SAMPLE = 500
_PERMUTATIONS = 200
_SEED = 0
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class UnlikeTitle:
    """A title of now, and how near the nearest earlier one is (cosine)."""

    title: str
    nearest: str
    cosine: float


@dataclass(frozen=True, slots=True)
class TitleDrift:
    """`distance` of the mean vectors of `now` and `before` titles, that `by_chance`, and the share
    of random partings (at least 1 ÷ 201) that are as far (`p_value`). `unlike` are the titles of
    now that are least like any earlier one, without those that are one of them."""

    now: int
    before: int
    distance: float
    by_chance: float
    p_value: float
    unlike: tuple[UnlikeTitle, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "now": self.now,
            "before": self.before,
            "distance": round(self.distance, 4),
            "by_chance": round(self.by_chance, 4),
            "p_value": round(self.p_value, 4),
            "unlike": [
                {"title": each.title, "nearest": each.nearest, "cosine": round(each.cosine, 4)}
                for each in self.unlike
            ],
        }


def title_drift(
    now: Sequence[str], now_vectors: Vectors, before: Sequence[str], before_vectors: Vectors
) -> TitleDrift | None:
    """Of titles and their vectors, shapes (n, dimension) and (m, dimension), of length 1; None
    where one side has none."""
    if not len(now) or not len(before):
        return None
    every = np.concatenate([now_vectors, before_vectors]).astype(np.float64)
    draws = np.random.default_rng(_SEED)
    distance = _apart(every, np.arange(len(every)), len(now))
    random = np.array(
        [_apart(every, draws.permutation(len(every)), len(now)) for _ in range(_PERMUTATIONS)]
    )
    return TitleDrift(
        now=len(now),
        before=len(before),
        distance=distance,
        by_chance=float(random.mean()),
        p_value=float((1 + (random >= distance).sum()) / (1 + _PERMUTATIONS)),
        unlike=_unlike(now, now_vectors, before, before_vectors),
    )


def _apart(vectors: NDArray[np.float64], order: NDArray[np.int64], first: int) -> float:
    means = vectors[order[:first]].mean(axis=0), vectors[order[first:]].mean(axis=0)
    return float(np.linalg.norm(means[0] - means[1]))


def _unlike(
    now: Sequence[str], now_vectors: Vectors, before: Sequence[str], before_vectors: Vectors
) -> tuple[UnlikeTitle, ...]:
    cosines = now_vectors @ before_vectors.T
    nearest = cosines.argmax(axis=1)
    known = set(map(name_key, before))
    found: dict[str, UnlikeTitle] = {}
    for place in np.argsort(cosines.max(axis=1), kind="stable"):
        at = int(nearest[place])
        title = now[int(place)]
        key = name_key(title)
        if key not in known:
            found.setdefault(key, UnlikeTitle(title, before[at], float(cosines[place, at])))
        if len(found) == _SHOWN:
            break
    return tuple(found.values())
