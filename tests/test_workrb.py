"""The adapter of WorkRB: its scores are the search's own, and WorkRB takes them."""

import numpy as np
import pytest

from benchmarks.workrb import NameRanker, as_model, titles_task
from isco.core.records import Ad
from isco.core.settings import SearchSettings
from tests.support.doubles import HashingEmbedder

NAMES = ["roofer", "slater", "ward nurse", "truck driver"]


@pytest.fixture
def ranker():
    return NameRanker(HashingEmbedder(), SearchSettings())


def test_every_name_has_a_score_for_every_title_and_the_nearest_the_best(ranker):
    scores = ranker.rank(["night ward nurse", "ROOFER", "driver of a truck"], NAMES)
    assert scores.shape == (3, len(NAMES))
    assert np.argmax(scores, axis=1).tolist() == [2, 0, 3]


def test_more_titles_than_fit_a_batch_have_the_scores_that_each_has_alone(ranker):
    titles = [f"{name} {number}" for number in range(40) for name in NAMES]
    together = ranker.rank(titles, NAMES)
    np.testing.assert_allclose(together[-1], ranker.rank(titles[-1:], NAMES)[0], atol=1e-5)


def test_workrb_measures_a_task_of_titles_at_hand(ranker, tmp_path):
    workrb = pytest.importorskip("workrb", reason="workrb is not installed")
    ads = [Ad(title="roofer", isco_code="7121"), Ad(title="nurse", isco_code="2221"), Ad(title="?")]
    codes_of = {"roofer": {"7121"}, "slater": {"7121"}, "ward nurse": {"2221"}, "driver": {"8332"}}
    task = titles_task(ads, codes_of, "en")
    found = workrb.evaluate(
        as_model(ranker, "isco"), [task], str(tmp_path), metrics={task.name: ["mrr", "hit@1"]}
    )
    measured = found.task_results[task.name].datasetid_results["en"].metrics_dict
    assert (measured["mrr"], measured["hit@1"]) == (1.0, 1.0)
