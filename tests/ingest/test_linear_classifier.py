"""The linear head: what it learns from names, and that it is the same every time."""

import numpy as np
import pytest

from isco.ingest.linear_classifier import train_head
from tests.support.doubles import HashingEmbedder

NAMES = {
    "2512": ["software developer", "web developer", "application developer", "software engineer"],
    "5120": ["cook", "ship cook", "restaurant cook", "cook in a canteen"],
    "8332": ["truck driver", "lorry driver", "tanker driver", "heavy truck driver"],
}
CODES = [code for code, names in NAMES.items() for _ in names]
EXAMPLES = HashingEmbedder().embed_queries([name for names in NAMES.values() for name in names])


def best(head, title):
    vector = np.append(HashingEmbedder().embed_queries([title])[0], 1)
    return max(head, key=lambda code: float(head[code] @ vector))


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("senior software developer", "2512"),
        ("hotel cook", "5120"),
        ("driver of a heavy lorry", "8332"),
    ],
)
def test_a_title_gets_the_code_whose_names_it_shares_words_with(title, code):
    assert best(train_head(EXAMPLES, CODES), title) == code


def test_every_code_has_weights_and_a_bias():
    head = train_head(EXAMPLES, CODES)
    assert set(head) == set(NAMES)
    assert {row.shape for row in head.values()} == {(EXAMPLES.shape[1] + 1,)}
    assert {row.dtype for row in head.values()} == {np.dtype(np.float32)}


def test_two_codes_are_told_apart():
    chosen = [row for row, code in enumerate(CODES) if code != "8332"]
    head = train_head(EXAMPLES[chosen], [CODES[row] for row in chosen])
    assert best(head, "web developer") == "2512"
    assert best(head, "ship cook") == "5120"


def test_one_code_alone_needs_no_head():
    assert train_head(EXAMPLES[:4], CODES[:4]) == {}


def test_the_same_vectors_give_the_same_head():
    first, second = train_head(EXAMPLES, CODES), train_head(EXAMPLES, CODES)
    for code in NAMES:
        np.testing.assert_array_equal(first[code], second[code])
