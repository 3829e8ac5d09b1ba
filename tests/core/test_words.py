"""The words of long texts as sparse vectors, and how such vectors are stored."""

import numpy as np
import pytest

from isco.core import words
from isco.core.sparse_rows import SparseRows

TEXTS = [
    "bakes bread in the bakery",
    "drives a truck in the city",
    "mends engines in the garage",
    "teaches children in the school",
]


def scores(query, texts=TEXTS):
    rows = words.document_vectors(texts).matrix()
    return (words.query_vectors([query]).matrix() @ rows.T).toarray()[0]


def of_words(text):
    return len(words.query_vectors([text]).values)


@pytest.mark.parametrize(("row", "text"), list(enumerate(TEXTS)))
def test_a_text_finds_itself_first(row, text):
    found = scores(text)
    assert np.argmax(found) == row
    assert sorted(found)[-2] == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bakers", "bakers"),
        ("GROẞBÄCKEREI", "großbäckerei"),
        ("pielęgniarka", "pielęgniarkami"),
        ("bread, butter!", "bread butter"),
        ("a bread 2 of 7512 x", "bread of"),
    ],
)
def test_case_endings_marks_digits_and_single_letters_do_not_count(one, other):
    first, second = words.query_vectors([one, other]).matrix()
    assert (first != second).nnz == 0
    assert first.nnz > 0


def test_words_are_cut_to_their_first_seven_letters():
    same, another = "electrical electricity", "electrical electronic"
    assert of_words(same) == 2
    assert of_words(another) == 3


def test_pairs_of_neighbouring_words_count_beside_the_words():
    assert [of_words(text) for text in ("night", "night nurse", "night nurse wanted")] == [1, 3, 5]
    texts = ["nurse at night", "night watch and a nurse", *TEXTS]
    found = scores("night watch", texts)
    assert found[1] > found[0] > 0


@pytest.mark.parametrize(("having", "left_out"), [(2, False), (3, True), (4, True)])
def test_words_that_more_than_half_of_the_documents_have_are_left_out(having, left_out):
    texts = [f"{text} apprentice" if row < having else text for row, text in enumerate(TEXTS)]
    found = scores("apprentice", texts)
    assert (found[:having] == 0).all() == left_out
    assert not found[having:].any()


def test_left_out_words_take_no_room():
    documents = words.document_vectors(TEXTS)
    the = words.query_vectors(["the"]).columns
    assert not set(the) & set(documents.columns)
    assert (documents.values > 0).all()


def test_a_rare_word_says_more_than_a_frequent_one():
    texts = ["bread cake", "bread pie", "truck", "lorry", "garage"]
    found = scores("bread cake", texts)
    assert found[0] > found[1] > 0


def test_rows_of_queries_have_length_1_whatever_the_length_of_the_text():
    rows = words.query_vectors(["nurse", "head nurse of a large hospital " * 50, ""]).matrix()
    assert (rows.shape, rows.dtype) == ((3, words.DIMENSIONS), np.float32)
    lengths = np.sqrt(rows.multiply(rows).sum(axis=1)).ravel()
    np.testing.assert_allclose(lengths, [[1, 1, 0]], atol=1e-5)


def test_a_word_said_often_counts_more_but_less_than_in_proportion():
    often = words.query_vectors(["bread " * 9 + "butter"]).matrix()
    bread, butter = (often[0, words.query_vectors([w]).columns[0]] for w in ("bread", "butter"))
    assert 1 < bread / butter < 9


def test_an_ad_is_read_as_far_as_its_first_pages():
    long = "bread " * 10_000
    short, longer = words.query_vectors([long, f"{long} cake"]).matrix()
    assert (short != longer).nnz == 0


def test_documents_without_words_are_rows_of_zeros():
    documents = words.document_vectors([*TEXTS, "", "7512 !"]).matrix()
    assert (documents.shape, documents.dtype) == ((6, words.DIMENSIONS), np.float32)
    assert [documents[row].nnz > 0 for row in range(6)] == [True] * 4 + [False] * 2
    assert words.document_vectors([]).matrix().shape == (0, words.DIMENSIONS)


def test_the_indices_of_every_document_ascend_as_sparse_storage_wants_them():
    documents = words.document_vectors(TEXTS)
    for row in range(len(TEXTS)):
        indices, values = documents.row(row)
        assert (np.diff(indices) > 0).all()
        assert (indices.dtype, values.dtype) == (np.int64, np.float32)


@pytest.mark.parametrize("texts", [TEXTS, ["", *TEXTS, ""], [""], []])
def test_rows_that_were_taken_apart_make_the_same_rows(texts):
    documents = words.document_vectors(texts)
    again = SparseRows.of([documents.row(row) for row in range(len(texts))], words.DIMENSIONS)
    for name in ("values", "columns", "ends"):
        one, other = getattr(again, name), getattr(documents, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
