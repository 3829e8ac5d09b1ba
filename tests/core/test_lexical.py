"""Character n-grams: the hashed vectors rank as scikit-learn's TF-IDF cosine does."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize

from isco.core import lexical

NAMES = [
    "software developer", "web developer", "nurse", "nursing assistant", "specialist nurse",
    "truck driver", "bus driver", "crane operator", "Krankenpfleger", "café owner",
    "bricklayer", "primary school teacher", "teacher of teachers", "data scientist",
]  # fmt: skip
QUERIES = ["nurse", "Senior Software Developer (m/f)", "DRIVER", "nurses", "teacher", "café"]


def scores(queries, documents):
    rows = lexical.document_vectors(documents).matrix()
    return (lexical.query_vectors(queries).matrix() @ rows.T).toarray()


def reference(queries, documents):
    """Cosine of the TF-IDF vectors of both, shape (queries, documents)."""
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), smooth_idf=True)
    rows = vectorizer.fit_transform(documents)
    return (vectorizer.transform(queries) @ rows.T).toarray()


ODD = ["", " ", "a", "ab c", "İSTANBUL ﬀ ß", "厨师", "x\u2003y\u00a0z\tz", "ab" * 300]


@pytest.mark.parametrize("texts", [NAMES, QUERIES, ODD])
def test_query_vectors_are_those_of_scikit_learn_to_the_bit(texts):
    vectorizer = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 5),
        n_features=lexical.DIMENSIONS,
        alternate_sign=False,
        norm=None,
        dtype=np.float32,
    )
    expected = normalize(vectorizer.transform(texts), norm="l2", axis=1)
    found = lexical.query_vectors(texts)
    assert found.ends.tolist() == expected.indptr.tolist()
    assert found.columns.tolist() == expected.indices.tolist()
    assert found.values.tobytes() == expected.data.tobytes()


@pytest.mark.parametrize("query", QUERIES)
def test_documents_of_one_name_score_in_proportion_to_their_tf_idf_cosine(query):
    found = scores([query], [[name] for name in NAMES])[0]
    cosines = reference([query], NAMES)[0]
    assert cosines.max() > 0
    # One factor for all documents of a query: the norms of the query, which don't change ranks.
    np.testing.assert_allclose(found / found.max(), cosines / cosines.max(), atol=1e-5)
    assert np.argmax(found) == np.argmax(cosines)


def test_a_names_own_spelling_finds_it_first():
    found = scores(NAMES, [[name] for name in NAMES])
    assert np.argmax(found, axis=1).tolist() == list(range(len(NAMES)))


def test_a_shared_spelling_scores_and_none_scores_nothing():
    found = scores(["bricklayer"], [["bricklaying foreman"], ["nun"]])[0]
    assert found[0] > 0
    assert found[1] == 0


def test_case_does_not_count():
    upper, lower = lexical.query_vectors(["Staff NURSE", "staff nurse"]).matrix()
    assert (upper != lower).nnz == 0


def test_query_rows_have_length_1_whatever_the_length_of_the_text():
    rows = lexical.query_vectors(["nurse", "a", "head nurse of a large hospital " * 50]).matrix()
    assert rows.shape == (3, lexical.DIMENSIONS)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.sqrt(rows.multiply(rows).sum(axis=1)), 1, atol=1e-5)


def test_empty_texts_give_rows_of_zeros():
    assert not len(lexical.query_vectors(["", "  "]).values)
    documents = lexical.document_vectors([["nurse"], [""], []]).matrix()
    assert documents.shape == (3, lexical.DIMENSIONS)
    assert documents[0].nnz > 0
    assert documents[1].nnz == 0
    assert documents[2].nnz == 0


def test_an_empty_query_scores_nothing():
    assert scores([""], [["nurse"]]).tolist() == [[0.0]]


def test_an_n_gram_of_many_of_a_documents_names_counts_more_there():
    documents = [["nurse", "staff nurse", "ward nurse"], ["nurse", "midwife", "orderly"]]
    found = scores(["nurse"], documents)[0]
    assert found[0] > found[1] > 0


def test_the_indices_of_every_document_ascend_as_sparse_storage_wants_them():
    rows = lexical.document_vectors([NAMES, NAMES[:3]])
    for row in range(2):
        assert (np.diff(rows.row(row)[0]) > 0).all()
