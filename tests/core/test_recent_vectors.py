"""Vectors of texts that were embedded a short while ago."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from isco.core.embedding.recent_vectors import RecentVectors
from tests.support.doubles import HashingEmbedder

TEXTS = ["nurse", "cook", "nurse", "driver"]


@pytest.fixture
def model():
    return HashingEmbedder()


def test_vectors_are_the_models_in_the_order_of_the_texts(model):
    recent = RecentVectors(model)
    for _ in range(2):
        np.testing.assert_array_equal(
            recent.embed_queries(TEXTS), HashingEmbedder().embed_queries(TEXTS)
        )
    assert (recent.name, recent.dimension) == (model.name, model.dimension)


def test_the_model_is_asked_for_each_text_once(model):
    recent = RecentVectors(model)
    recent.embed_queries(TEXTS)
    before = len(model.asked)
    recent.embed_queries(["cook", "nurse"])
    assert len(model.asked) == before
    recent.embed_queries(["cook", "baker"])
    assert model.asked[before:] == ["baker"]


def test_queries_and_documents_are_remembered_apart():
    class Sided(HashingEmbedder):
        def embed_documents(self, texts):
            return -self.embed_queries(texts)

    recent = RecentVectors(Sided())
    queries = recent.embed_queries(["nurse"])
    np.testing.assert_array_equal(recent.embed_documents(["nurse"]), -queries)


def test_what_was_not_used_for_long_is_forgotten_and_asked_again(model):
    recent = RecentVectors(model, kept=2)
    for text in ("nurse", "cook", "driver", "nurse"):
        recent.embed_queries([text])
    assert model.asked == ["nurse", "cook", "driver", "nurse"]


def test_more_texts_at_once_than_are_kept_get_their_vectors_all_the_same(model):
    texts = [f"job {number}" for number in range(9)]
    np.testing.assert_array_equal(
        RecentVectors(model, kept=2).embed_queries(texts), HashingEmbedder().embed_queries(texts)
    )


def test_threads_that_ask_for_the_same_texts_ask_the_model_once(model):
    recent = RecentVectors(model)
    texts = [f"job {number}" for number in range(50)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: recent.embed_queries(texts), range(16)))
    assert len(model.asked) == len(texts)
    for vectors in found:
        np.testing.assert_array_equal(vectors, found[0])
