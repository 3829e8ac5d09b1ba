"""Labelled ads that are like an ad, beside the taxonomy's leaves.

A labelled ad counts by the similarity of the titles alone: the vote of all leaves weighs 1, an ad
with the very same title `learning.weight`, one that is less like it exponentially less. That is
written as a score on the leaves' scale, so that leaves and ads stand in one list and vote together.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isco.core.codes import UNIT_LEVEL
from isco.core.embedding.base import nearest, seen_from
from isco.core.embedding.exact import cosines, in_steps
from isco.core.odds import log_of_sum
from isco.core.records import Candidate
from isco.core.settings import LearningSettings
from isco.core.store import LabelledAd
from isco.retriever.labelled.kernel import centre_of

_URN = "urn:isco:labelled-ad:"
URI = f"{_URN}{{source}}:{{id}}"


class LabelledNeighbours:
    """The labelled `ads` as a matrix; `mean_name` is the mean of the taxonomy's names.

    Titles are compared as seen from the mean of the labelled ones, so that a language, or a way of
    naming jobs, that they all share makes none of them alike; a few ads have no mean of their own
    worth the name, and lean on that of the names. Without `mean_name` nothing is centred.
    """

    def __init__(
        self,
        ads: Sequence[LabelledAd],
        mean_name: NDArray[np.float32] | None,
        settings: LearningSettings,
    ) -> None:
        self.ads = tuple(ads)
        self._settings = settings
        vectors = np.stack([ad.vector for ad in ads])
        self._centre = centre_of(vectors, mean_name)
        self._vectors = in_steps(seen_from(self._centre, vectors))

    def similarities(self, titles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines of title vectors of shape (n, dimension) with all ads, shape (n, ads)."""
        return cosines(in_steps(seen_from(self._centre, titles)), self._vectors)

    def join(
        self,
        candidates: Sequence[Candidate],
        similarities: NDArray[np.float32],
        temperature: float,
        allowed: NDArray[np.bool_] | None = None,
    ) -> tuple[Candidate, ...]:
        """`candidates`, leaves, and the nearest labelled ads in one list, the nearest first.

        `similarities` is a row of those above; `temperature` that of the vote; `allowed` leaves
        ads out. An ad that counts less than `learning.least` is no candidate.
        """
        held = similarities if allowed is None else np.where(allowed, similarities, -np.inf)
        order = nearest(held, self._settings.neighbours)
        vote_of_leaves = log_of_sum([leaf.score / temperature for leaf in candidates])
        found = list(candidates)
        for position in order:
            share = self._settings.weight * math.exp(
                self._settings.sharpness * (float(held[position]) - 1)
            )
            if share < self._settings.least:
                break
            score = temperature * (vote_of_leaves + math.log(share))
            found += _candidates(self.ads[position], score, temperature)
        found.sort(key=lambda candidate: -candidate.score)
        return tuple(replace(candidate, rank=rank) for rank, candidate in enumerate(found, start=1))


def is_labelled_ad(candidate: Candidate) -> bool:
    """Whether a candidate is a labelled ad rather than a leaf."""
    return candidate.uri.startswith(_URN)


def _candidates(ad: LabelledAd, score: float, temperature: float) -> list[Candidate]:
    """One for each code that an ad has, of which each counts a part; none for a shorter code."""
    codes = [code for code in ad.codes if len(code) == UNIT_LEVEL]
    return [
        Candidate(
            isco_code=code,
            isco_label=ad.label_of(code),
            uri=URI.format(source=ad.source, id=ad.id),
            label=ad.title or ad.description[:80],
            score=round(score - temperature * math.log(len(ad.codes)), 4),
            rank=0,
        )
        for code in codes
    ]
