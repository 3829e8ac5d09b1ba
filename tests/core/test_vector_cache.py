"""Embeddings kept on disk: nothing twice, nothing mixed up, nothing lost."""

import threading

import numpy as np
import pytest

from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.errors import UnavailableError
from tests.support.doubles import HashingEmbedder

TEXTS = ["nurse", "truck driver", "nurse", "cook"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "embeddings.sqlite3"


@pytest.fixture
def open_cache(path, make_settings):
    def open_(embedder, **values):
        named = {f"embedding__{name}": value for name, value in values.items()}
        return EmbeddingCache(path, embedder, make_settings(**named).embedding)

    return open_


def test_vectors_are_the_embedders_own_in_the_order_asked(open_cache):
    with open_cache(HashingEmbedder()) as cache:
        found = cache.embed_documents(TEXTS)
    np.testing.assert_array_equal(found.vectors, HashingEmbedder().embed_documents(TEXTS))
    assert (found.embedded, found.reused) == (3, 0)


def test_the_second_time_nothing_is_embedded_and_the_vectors_are_the_same_to_the_bit(open_cache):
    with open_cache(HashingEmbedder()) as cache:
        first = cache.embed_documents(TEXTS)
    again = HashingEmbedder()
    with open_cache(again) as cache:
        second = cache.embed_documents(TEXTS[::-1])
    assert again.asked == []
    assert (second.embedded, second.reused) == (0, 3)
    np.testing.assert_array_equal(second.vectors, first.vectors[::-1])


def test_only_what_is_new_is_embedded(open_cache):
    embedder = HashingEmbedder()
    with open_cache(embedder) as cache:
        cache.embed_documents(["nurse", "cook"])
        embedder.asked.clear()
        found = cache.embed_documents(["baker", "nurse", "miner"])
    assert sorted(embedder.asked) == ["baker", "miner"]
    assert (found.embedded, found.reused) == (2, 1)
    np.testing.assert_array_equal(
        found.vectors, HashingEmbedder().embed_documents(["baker", "nurse", "miner"])
    )


def test_no_texts_give_no_rows(open_cache):
    with open_cache(HashingEmbedder(dimension=8)) as cache:
        found = cache.embed_documents([])
    assert found.vectors.shape == (0, 8)
    assert (found.embedded, found.reused) == (0, 0)


def test_more_texts_than_one_lookup_takes_are_all_found(open_cache):
    texts = [f"job {number}" for number in range(1203)]
    with open_cache(HashingEmbedder(dimension=4)) as cache:
        first = cache.embed_documents(texts)
        again = cache.embed_documents(texts)
    assert (again.embedded, again.reused) == (0, 1203)
    np.testing.assert_array_equal(first.vectors, again.vectors)


class TwoSided(HashingEmbedder):
    """Queries point the other way."""

    def embed_queries(self, texts):
        return -super().embed_queries(texts)


def test_queries_and_documents_are_kept_apart(open_cache):
    with open_cache(TwoSided()) as cache:
        documents = cache.embed_documents(["nurse"])
        queries = cache.embed_queries(["nurse"])
        assert cache.embed_queries(["nurse"]).embedded == 0
    assert queries.embedded == 1
    np.testing.assert_array_equal(queries.vectors, -documents.vectors)


def test_another_name_or_revision_of_the_model_is_embedded_anew(open_cache):
    for name, revision in (("a", "1"), ("a", "2"), ("b", "1"), ("a", "1")):
        embedder = HashingEmbedder()
        embedder.name, embedder.revision = name, revision
        with open_cache(embedder) as cache:
            cache.embed_documents(["nurse"])
            assert cache.embed_documents(["nurse"]).embedded == 0
        last = embedder
    assert last.asked == []


@pytest.mark.parametrize(
    "changed",
    [{"query_prompt": "x: "}, {"document_prompt": "x: "}, {"max_tokens": 16},
     {"model_options": {"unpad": True}}],
)  # fmt: skip
def test_another_prompt_or_option_is_embedded_anew(open_cache, changed):
    with open_cache(HashingEmbedder()) as cache:
        cache.embed_documents(["nurse"])
    with open_cache(HashingEmbedder(), **changed) as cache:
        assert cache.embed_documents(["nurse"]).embedded == 1


def test_a_prompt_on_one_side_is_not_the_same_on_the_other(open_cache):
    with open_cache(HashingEmbedder(), query_prompt="x: ") as cache:
        cache.embed_documents(["nurse"])
    with open_cache(HashingEmbedder(), document_prompt="x: ") as cache:
        assert cache.embed_documents(["nurse"]).embedded == 1


def test_the_batch_size_does_not_make_another_key(open_cache):
    with open_cache(HashingEmbedder(), batch_size=2) as cache:
        cache.embed_documents(TEXTS)
    with open_cache(HashingEmbedder(), batch_size=3) as cache:
        assert cache.embed_documents(TEXTS).embedded == 0


class Mortal(HashingEmbedder):
    """Dies when asked for the third batch."""

    batches = 0

    def embed_documents(self, texts):
        self.batches += 1
        if self.batches == 3:
            raise KeyboardInterrupt
        return super().embed_documents(texts)


def test_batches_that_were_done_before_the_embedder_died_are_kept(open_cache):
    texts = [f"job {number}" for number in range(6)]
    with pytest.raises(KeyboardInterrupt), open_cache(Mortal(), batch_size=2) as cache:
        cache.embed_documents(texts)
    with open_cache(HashingEmbedder(), batch_size=2) as cache:
        found = cache.embed_documents(texts)
    assert (found.embedded, found.reused) == (2, 4)
    np.testing.assert_array_equal(found.vectors, HashingEmbedder().embed_documents(texts))


def test_progress_tells_first_of_what_was_there_and_adds_up(open_cache):
    with open_cache(HashingEmbedder(), batch_size=2) as cache:
        cache.embed_documents(["a", "b"])
        told = []
        cache.embed_documents(["a", "b", "c", "d", "e", "a"], told.append)
    assert told == [2, 2, 1]


def test_a_file_that_is_no_database_is_named_with_the_next_step(path, open_cache):
    path.parent.mkdir()
    path.write_bytes(b"garbage, not a database at all\n" * 200)
    with pytest.raises(UnavailableError) as raised:
        open_cache(HashingEmbedder())
    assert str(path) in str(raised.value)
    assert "move it away" in str(raised.value)
    assert path.read_bytes().startswith(b"garbage")


def test_a_folder_in_the_files_place_is_named(path, open_cache):
    path.mkdir(parents=True)
    with pytest.raises(UnavailableError, match=r"embeddings\.sqlite3"):
        open_cache(HashingEmbedder())


def test_a_file_in_the_folders_place_is_named(path, open_cache):
    path.parent.write_text("in the way")
    with pytest.raises(UnavailableError, match=r"embeddings\.sqlite3"):
        open_cache(HashingEmbedder())


def test_two_open_caches_see_each_others_vectors(open_cache):
    other = HashingEmbedder()
    with open_cache(HashingEmbedder()) as first, open_cache(other) as second:
        kept = first.embed_documents(TEXTS)
        seen = second.embed_documents(TEXTS)
    assert other.asked == []
    np.testing.assert_array_equal(kept.vectors, seen.vectors)


def test_many_caches_can_be_made_and_filled_on_one_new_file_at_once(open_cache):
    texts = [f"job {number}" for number in range(200)]
    expected = HashingEmbedder(dimension=4).embed_documents(texts)
    together, results, errors = threading.Barrier(6), [], []

    def fill():
        try:
            together.wait()
            with open_cache(HashingEmbedder(dimension=4), batch_size=16) as cache:
                results.append(cache.embed_documents(texts).vectors)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=fill) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(results) == 6
    for vectors in results:
        np.testing.assert_array_equal(vectors, expected)
