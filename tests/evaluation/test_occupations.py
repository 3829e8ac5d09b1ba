"""How right the occupations are, where labels name them."""

import pytest

from isco.core.errors import InputError
from isco.evaluation.melo_ads import is_melo, melo_ads
from isco.evaluation.text_report import as_table
from isco.retriever.labelled.labels import LabelReader
from tests.evaluation.test_melo import write_melo  # noqa: F401
from tests.support.scored import measured, scored_ad

A, B, C = "http://x.org/a", "http://x.org/b", "http://x.org/c"


def known(gold, code, occupation, *others, right=(A,)):
    return scored_ad(
        gold, code, known_occupations=frozenset(right), occupation=occupation,
        occupation_probability=0.5, occupations=(occupation, *others) if occupation else others,
    )  # fmt: skip


def test_ads_whose_label_names_occupations_are_measured_by_these():
    evaluation = measured(
        known("5120", "5120", A),
        known("5120", "5120", B, A),
        known("5120", "7512", C, right=(A, B)),
        known("5120", "512", None, B, right=(A, B)),
        scored_ad("2512", "2512"),
    )
    found = evaluation.occupations
    assert (found.n, found.right, found.given, found.right_codes) == (4, 1, 3, 2)
    assert (found.accuracy, found.of_right_codes, found.recall) == (0.25, 0.5, 0.75)
    assert "occupations, of 4 ads" in as_table(evaluation)
    assert evaluation.as_dict()["occupations"]["recall@5"] == 0.75


def test_labels_of_codes_alone_say_nothing_of_occupations():
    evaluation = measured(scored_ad("2512", "2512"))
    assert evaluation.occupations is None
    assert "occupations, of" not in as_table(evaluation)


def test_a_label_s_occupations_are_those_that_it_names_by_uri():
    group = "http://data.europa.eu/esco/isco/C5120"
    labels = LabelReader({"5120": "Cooks"}, {A: "5120", group: "5120"}, "isco_code")
    assert labels.uris(f"{A}|5120|{group}") == (A,)


def test_a_folder_of_melo_is_ads_with_the_uris_of_their_occupations(write_melo):  # noqa: F811
    folder = write_melo()
    assert is_melo(str(folder))
    assert [(ad.title, ad.isco_code) for ad in melo_ads(folder)] == [
        ("Cheese grader", "http://example.org/1"),
        ("Lamp lighter", "http://example.org/2"),
        ("Bridge watcher", "http://example.org/4"),
    ]


def test_one_that_has_no_concepts_is_told_so(write_melo):  # noqa: F811
    with pytest.raises(InputError, match=r"concept_mapping\.tsv"):
        melo_ads(write_melo(concept_mapping=None))
