"""What records say of themselves."""

from isco.core.records import PredictionPath
from tests.support.doubles import make_concept


def test_a_concept_names_the_groups_that_it_is_in():
    concept = make_concept("2512", "web developer")
    titles = concept.group_titles
    assert [len(code) for code in sorted(titles)] == [1, 2, 3, 4]
    assert all("2512".startswith(code) for code in titles)
    assert titles["2512"] == concept.isco_label
    assert concept.isco_major == f"2 {titles['2']}"


def test_a_path_is_by_agreement_or_by_disagreement_or_by_neither():
    neither = {PredictionPath.CODED, PredictionPath.NOT_A_JOB, PredictionPath.ERROR}
    agreed = {path for path in PredictionPath if path.agreed}
    assert agreed == {PredictionPath.UNANIMOUS, PredictionPath.MAJORITY}
    disagreed = {path for path in PredictionPath if path.disagreed}
    assert disagreed == set(PredictionPath) - agreed - neither
