"""The centre of ads: the bundled texts, and their mean."""

import numpy as np
import pytest

from isco.core.embedding.vector_cache import EmbeddingCache
from isco.ingest.reference_ads import ad_centre, reference_ads
from tests.support.doubles import HashingEmbedder


def test_the_reference_ads_are_distinct_texts_of_the_length_of_an_extraction():
    assert len(set(reference_ads())) == len(reference_ads()) >= 30
    assert all(60 < len(text) < 500 for text in reference_ads())


def test_the_centre_is_the_mean_of_their_vectors(make_settings):
    settings, embedder = make_settings(), HashingEmbedder()
    with EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache:
        centre = ad_centre(cache)
    expected = HashingEmbedder().embed_queries(reference_ads()).mean(axis=0)
    assert centre == pytest.approx(expected, abs=1e-6)


def test_a_second_ingest_embeds_no_reference_ad(make_settings):
    settings, embedder = make_settings(), HashingEmbedder()
    for _ in range(2):
        with EmbeddingCache(settings.cache_path, embedder, settings.embedding) as cache:
            centre = ad_centre(cache)
    assert len(embedder.asked) == len(reference_ads())
    assert np.array(centre).shape == (embedder.dimension,)
