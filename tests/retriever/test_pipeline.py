"""One batch of rows through the whole pipeline."""

import pytest

from isco.core.config import load_settings
from isco.core.records import Ad, BrokenRow, PredictionPath, Versions
from isco.retriever.deciding.decider import RANKING_DEPTH
from isco.retriever.pipeline import Classifier
from tests.support.doubles import make_concept, searchers_over

LEAVES = [
    make_concept("0110", "army officer"),
    make_concept("2221", "nurse", "ward nurse"),
    make_concept("5120", "cook", "chef"),
    make_concept("5120", "school cook"),
    make_concept("7512", "baker", "pastry baker"),
    make_concept("8332", "truck driver", "lorry driver"),
]
CODES = {leaf.isco_code for leaf in LEAVES}
VERSIONS = Versions(taxonomy="test-1", embedding="double", llm=None, prompts=None, software="0")


def _ad(ad_id, title, description="", **values):
    return Ad(ad_id, title, description, 1, 1, **values)


BROKEN = BrokenRow("b", 2, 7, "line 7 is not JSON")
PAGE = _ad("p", "Just a moment...", "Verify you are a human.", extra={"city": "Graz"})
ROWS = [
    _ad(
        "a",
        "Pastry baker (m/f/d) - Leeds",
        "You work as a baker of bread and cakes.",
        extra={"n": 1},
    ),
    BROKEN,
    PAGE,
    _ad("c", "Nurse", language="de"),
    _ad("d", "", ""),
    _ad("e", "Zzz qqq", "Xxx."),
    _ad("f", "", "Chef"),
    _ad("a", "Army officer", isco_code="9999", extra={"isco_code": "9999"}),
]


def _classifier(settings, llm=None):
    return Classifier(searchers_over(LEAVES, settings.search), settings, VERSIONS, llm=llm)


@pytest.fixture(scope="module")
def settings():
    return load_settings(environment={}, flags={"search.top": 4})


@pytest.fixture(scope="module")
def classifier(settings):
    return _classifier(settings)


@pytest.fixture(scope="module")
def predictions(classifier):
    return classifier.classify_batch(ROWS)


def test_every_row_gets_one_prediction_in_order(predictions):
    assert [prediction.id for prediction in predictions] == [row.id for row in ROWS]


def test_every_prediction_carries_the_versions(predictions):
    assert {prediction.versions for prediction in predictions} == {VERSIONS}


def test_an_ad_gets_a_unit_group_of_the_taxonomy(predictions):
    coded = [prediction for prediction in predictions if prediction.isco_code]
    assert [prediction.id for prediction in coded] == ["a", "c", "e", "f", "a"]
    for prediction in coded:
        assert prediction.isco_code in CODES
        assert prediction.isco_label == f"Group {prediction.isco_code}"
        assert prediction.level == 4
        assert 0 < prediction.confidence <= 1
        assert prediction.path in {
            PredictionPath.UNANIMOUS,
            PredictionPath.MAJORITY,
            PredictionPath.VOTE,
        }
        assert prediction.isco_code in prediction.reason


def test_candidates_come_nearest_first_and_with_their_rank(predictions):
    for prediction in predictions:
        if prediction.isco_code:
            scores = [candidate.score for candidate in prediction.candidates]
            assert scores == sorted(scores, reverse=True)
            assert [candidate.rank for candidate in prediction.candidates] == [1, 2, 3, 4]
            assert len({candidate.uri for candidate in prediction.candidates}) == 4


@pytest.mark.parametrize(
    ("row", "uri"), [(0, "7512/baker"), (3, "2221/nurse"), (7, "0110/army-officer")]
)
def test_the_nearest_candidate_is_the_leaf_that_shares_the_words(predictions, row, uri):
    assert predictions[row].candidates[0].uri == f"http://example.org/{uri}"


def test_a_broken_row_becomes_an_error_with_its_line_and_reason(predictions):
    error = predictions[1]
    assert (error.path, error.reason, error.extra) == (
        PredictionPath.ERROR,
        BROKEN.reason,
        {"line": 7},
    )
    assert (error.isco_code, error.isco_label, error.level, error.confidence) == (None, None, 0, 0)
    assert (error.candidates, error.profile, error.language) == ((), None, None)


def test_a_page_becomes_no_job_with_the_reason(predictions):
    page = predictions[2]
    assert page.path == PredictionPath.NOT_A_JOB
    assert "human check" in page.reason
    assert (page.isco_code, page.level, page.confidence) == (None, 0, 0)
    assert (page.candidates, page.profile, page.extra) == ((), None, {"city": "Graz"})


def test_an_empty_ad_becomes_no_job(predictions):
    assert (predictions[4].path, predictions[4].isco_code) == (PredictionPath.NOT_A_JOB, None)


def test_the_profile_and_the_language_are_shown(predictions):
    assert predictions[0].profile.title == "Pastry baker"
    assert predictions[0].profile.description == "You work as a baker of bread and cakes."
    assert predictions[0].profile.extracted_by == "rules"
    assert (predictions[0].language, predictions[3].language) == ("en", "de")


def test_other_fields_are_passed_through_and_the_given_code_has_no_say(predictions):
    assert predictions[0].extra == {"n": 1}
    assert predictions[7].extra == {"isco_code": "9999"}
    assert predictions[7].candidates[0].isco_code == "0110"


def test_an_ad_without_a_title_goes_by_its_text(classifier):
    cook, driver = classifier.classify_batch(
        [_ad("1", "", "School cook"), _ad("2", "", "Truck driver")]
    )
    assert cook.candidates[0].isco_code == "5120"
    assert driver.candidates[0].isco_code == "8332"


def test_the_same_rows_get_the_same_predictions(classifier, settings, predictions):
    assert classifier.classify_batch(ROWS) == predictions
    assert _classifier(settings).classify_batch(ROWS) == predictions


def test_no_rows_get_no_predictions(classifier):
    assert classifier.classify_batch([]) == []


@pytest.mark.parametrize("rows", [[BROKEN], [PAGE], [BROKEN, PAGE, BROKEN]])
def test_rows_without_any_ad_need_no_search(classifier, rows):
    assert [item.id for item in classifier.classify_batch(rows)] == [row.id for row in rows]


def test_the_ranking_holds_each_code_once_and_begins_with_the_nearest_candidate(classifier):
    for item in classifier.classify_with_ranking(ROWS):
        if item.prediction.isco_code:
            assert set(item.code_ranking) == CODES
            assert len(item.code_ranking) == len(CODES) <= RANKING_DEPTH
            assert item.code_ranking[0] == item.prediction.candidates[0].isco_code
        else:
            assert item.code_ranking == ()
