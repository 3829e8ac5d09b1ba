"""Where ads lie in a model's space, whatever the job: the mean vector of the bundled texts."""

from functools import cache
from importlib.resources import files

import numpy as np
import yaml

from isco.core.embedding.vector_cache import EmbeddingCache

# Digits kept of each number, so that it comes back from Qdrant's JSON as it went.
_DIGITS = 6


@cache
def reference_ads() -> tuple[str, ...]:
    """The texts of `data/reference_ads.yaml`: duties and requirements across all major groups."""
    text = (files("isco.ingest") / "data" / "reference_ads.yaml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load(text))


def ad_centre(cache: EmbeddingCache) -> tuple[float, ...]:
    """The mean of the reference ads' query vectors, `dimension` numbers."""
    vectors = cache.embed_queries(reference_ads()).vectors
    mean = vectors.astype(np.float64).mean(axis=0)
    return tuple(round(value, _DIGITS) for value in mean.tolist())
