"""Kernel ridge regression of codes: what labelled ads say of another one, and of each other. Pure.

Saunders, Gammerman & Vovk (1998). What is said of a labelled ad without itself costs nothing more:
Y - A / diag(inverse), with A the dual coefficients.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from isco.core.embedding.base import Vectors
from isco.core.embedding.exact import in_fine_steps, sums
from isco.core.store import LabelledAd
from isco.retriever.labelled.kernel import AdKernel, AdTexts

Outputs = NDArray[np.float32]


@dataclass(frozen=True)
class RidgeAds:
    """Labelled ads as the regression sees them: those of equal title and text are one.

    `rows` are their positions among all, a tuple for each; `targets` how their codes share 1, shape
    (len(rows), len(codes)), over the unit groups `codes`.
    """

    ads: AdTexts
    rows: tuple[tuple[int, ...], ...]
    codes: tuple[str, ...]
    targets: Outputs

    @staticmethod
    def of(labelled: Sequence[LabelledAd], codes: Sequence[str], most: int) -> "RidgeAds":
        """Of one ad or more, and at most so many; which, goes by a hash of what they are, so that
        they are the same wherever they are read."""
        groups: dict[str, list[int]] = {}
        for position, ad in enumerate(labelled):
            groups.setdefault(ad.content or ad.point_id, []).append(position)
        kept = sorted(groups)
        if len(kept) > most:
            kept = sorted(sorted(kept, key=_hash)[:most])
        rows = tuple(tuple(groups[content]) for content in kept)
        first = [labelled[row[0]] for row in rows]
        ads = AdTexts(
            [ad.title for ad in first],
            [ad.text for ad in first],
            np.stack([ad.vector for ad in first]),
        )
        targets = np.stack([_target([labelled[at] for at in row], codes) for row in rows])
        return RidgeAds(ads, rows, tuple(codes), targets)


@dataclass(frozen=True)
class LabelledRidge:
    """What the ads behind `kernel` say of another one: `dual` has the shape (ads, codes), `counts`
    how many of them have each of the unit groups `codes`."""

    kernel: AdKernel
    dual: Outputs
    codes: tuple[str, ...]
    counts: Outputs

    def outputs(self, ads: AdTexts) -> Outputs:
        """About 1 for what they are sure of, about 0 for what they know nothing of; shape
        (len(ads), codes)."""
        return sums(self.kernel.towards(ads), self._dual)

    @cached_property
    def _dual(self) -> NDArray[np.float64]:
        return in_fine_steps(self.dual)


def fit_ridge(
    ads: RidgeAds, mean_name: Vectors | None, ridge: float
) -> tuple[LabelledRidge, Outputs]:
    """The fit, and what the others say of each of `ads`, shape (ads, codes).

    Takes n² numbers of memory and n³ steps.
    """
    kernel = AdKernel.of(ads.ads, mean_name)
    inverse = _inverse(kernel.among(), ridge)
    dual = np.asarray(inverse @ ads.targets, dtype=np.float32)
    without_itself = ads.targets - dual / np.diagonal(inverse)[:, None]
    counts = ads.targets.sum(axis=0)
    return LabelledRidge(kernel, dual, ads.codes, counts), without_itself


def _inverse(kernel: Vectors, ridge: float) -> Vectors:
    """Of `kernel`, which is spent, with `ridge` on its diagonal."""
    from scipy.linalg.lapack import spotrf, spotri

    kernel[np.diag_indices_from(kernel)] += np.float32(ridge)
    # Transposed, which such a matrix is its own of, because LAPACK has columns first.
    factor, failed = spotrf(kernel.T, lower=False, overwrite_a=True)
    if failed:
        raise ValueError("the kernel is not positive definite")
    inverse, _ = spotri(factor, lower=False, overwrite_c=True)
    upper = np.triu(inverse)
    return np.asarray(upper + np.triu(inverse, 1).T, dtype=np.float32)


def _target(ads: Sequence[LabelledAd], codes: Sequence[str]) -> Outputs:
    """The codes of equal ads, each of whom has one vote; several codes, or the unit groups of a
    shorter one, share it."""
    target = np.zeros(len(codes), dtype=np.float32)
    for ad in ads:
        for code in ad.codes:
            meant = [at for at, unit in enumerate(codes) if unit.startswith(code)]
            if meant:
                target[meant] += 1 / (len(ads) * len(ad.codes) * len(meant))
    return target


def _hash(content: str) -> bytes:
    return blake2b(content.encode(), digest_size=8).digest()
