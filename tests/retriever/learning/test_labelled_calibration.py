"""The confidence refitted on labelled ads, and what the classifier makes of what was kept."""

import random

import numpy as np
import pytest

from isco.core.calibration import LEVELS
from isco.core.errors import ModelMismatchError
from isco.core.records import Ad, Profile
from isco.core.store import LabelledAd, OccupationStore
from isco.retriever.deciding.calibration_files import (
    configured_calibration,
    load_calibration,
)
from isco.retriever.deciding.decider import Decider
from isco.retriever.factory import open_classifier
from isco.retriever.learning.labelled_calibration import FEWEST, calibrate_on_labelled
from isco.retriever.learning.learn import learn, refit_confidence, remove_source
from isco.retriever.searching.labelled_neighbours import LabelledNeighbours
from isco.retriever.searching.query import Query
from tests.support.doubles import HashingEmbedder, searchers_over
from tests.support.small_taxonomy import LEAVES, load

WORDS = ["night", "senior", "part-time", "school", "hotel", "city", "junior", "travelling"]


def labelled(title, code, number):
    return LabelledAd(
        id=str(number), source="survey", title=title, description="", isco_code=code,
        isco_label=f"Group {code}", language="en", learned="2026-01-02T03:04:05+00:00",
        vector=HashingEmbedder().embed_queries([title])[0],
    )  # fmt: skip


def some_labelled(count, wrong=0.3):
    """Ads for the jobs of the small taxonomy; some have been given another job's code."""
    draw, ads = random.Random(1), []
    for number in range(count):
        leaf = draw.choice(LEAVES)
        code = leaf.isco_code if draw.random() > wrong else draw.choice(LEAVES).isco_code
        ads.append(
            labelled(f"{draw.choice(WORDS)} {draw.choice(leaf.labels)} {number}", code, number)
        )
    return ads


@pytest.fixture
def decider(make_settings):
    def make(ads):
        settings = make_settings(search__top=4)
        searchers = searchers_over(LEAVES, settings.search)
        near = LabelledNeighbours(ads, searchers.main.mean_name, settings.learning) if ads else None
        return Decider(searchers, settings, "hashing-double", labelled=near)

    return make


def test_enough_labelled_ads_say_how_sure_answers_are(decider):
    ads = some_labelled(FEWEST + 50)
    fit = calibrate_on_labelled(decider(ads), "hashing-double")
    assert fit.embedding == "hashing-double"
    assert f"{len(ads)} labelled ads" in fit.origin
    fresh = decider(ads).decide([Query(Profile(f"hotel {leaf.label}", "")) for leaf in LEAVES])
    sure = [fit.probabilities(found.evidence, "hashing-double")[4] for found in fresh]
    assert 0.5 < np.mean(sure) < 0.95


def test_a_few_labelled_ads_change_nothing(decider):
    assert calibrate_on_labelled(decider(some_labelled(FEWEST - 1)), "hashing-double") is None
    assert calibrate_on_labelled(decider([]), "hashing-double") is None


def test_labelled_ads_that_are_all_found_teach_nothing(decider):
    ads = [
        labelled(f"{leaf.label} {leaf.label} {number}", leaf.isco_code, f"{number} {leaf.label}")
        for leaf in LEAVES
        for number in range(FEWEST // len(LEAVES))
    ]
    assert calibrate_on_labelled(decider(ads), "hashing-double") is None


def test_the_kept_fit_takes_the_place_of_the_shipped_one(decider, make_settings):
    fit = calibrate_on_labelled(decider(some_labelled(FEWEST)), "hashing-double")
    found = configured_calibration(make_settings().confidence, fit)
    assert found.origin == fit.origin
    assert set(found.full) == set(LEVELS)


def test_without_a_kept_fit_it_is_the_shipped_one(make_settings):
    found = configured_calibration(make_settings().confidence, None)
    assert found == load_calibration("default")


def test_a_configuration_without_a_fit_has_none(decider, make_settings):
    kept = calibrate_on_labelled(decider(some_labelled(FEWEST)), "hashing-double")
    assert configured_calibration(make_settings(confidence__fit=None).confidence, kept) is None


# What the classifier makes of it


@pytest.fixture
def settings(make_settings):
    return make_settings(search__top=4)


def keep(settings, ads, calibration=None):
    groups = {leaf.isco_code: leaf for leaf in LEAVES}
    with OccupationStore(settings) as store:
        collection = store.labelled()
        collection.prepare(store.require_active()[1])
        collection.store(ads, groups)
        collection.set_calibration(calibration)


def ad(title):
    return Ad("1", title, "", 1, 1)


def test_a_classifier_reads_the_labelled_ads_of_its_taxonomy(settings):
    load(settings, HashingEmbedder())
    before = open_classifier(settings, HashingEmbedder()).classify_batch([ad("Galley wizard")])[0]
    other = next(leaf.isco_code for leaf in LEAVES if leaf.isco_code != before.isco_code)
    keep(settings, [labelled("galley wizard", other, 1)])
    after = open_classifier(settings, HashingEmbedder()).classify_batch([ad("Galley wizard")])[0]
    assert after.isco_code == other
    assert after.candidates[0].uri == "urn:isco:labelled-ad:survey:1"
    assert after.candidates[0].label == "galley wizard"


def test_a_classifier_goes_by_the_fit_that_is_kept_with_them(settings, decider):
    load(settings, HashingEmbedder())
    ads = some_labelled(FEWEST)
    fit = calibrate_on_labelled(decider(ads), "hashing-double")
    keep(settings, ads, fit)
    classifier = open_classifier(settings, HashingEmbedder())
    assert classifier.decider.calibration.origin == fit.origin


def test_labelled_ads_of_another_model_are_refused_with_both_names(settings):
    load(settings, HashingEmbedder())
    keep(settings, [labelled("galley wizard", "2221", 1)])
    other = HashingEmbedder()
    other.revision = "2"
    load(settings, other)
    with pytest.raises(ModelMismatchError, match=r"hashing-double@1.*hashing-double@2"):
        open_classifier(settings, other)


# A target accuracy, from the settings to the row


def test_an_ad_is_answered_as_far_as_the_target_allows(make_settings):
    load(make_settings(), HashingEmbedder())
    for target, levels in ((None, {4}), (0.0, {4}), (1.0, {0})):
        settings = make_settings(search__top=4, decision__target_accuracy=target)
        rows = open_classifier(settings, HashingEmbedder()).classify_batch(
            [ad("Cook"), ad("Truck driver")]
        )
        assert {row.level for row in rows} == levels
        for row in rows:
            assert (row.isco_code is None) == (row.level == 0)
            assert (row.path == "declined") == (row.level == 0)
            assert row.candidates


def test_confidences_are_probabilities_by_the_fit_and_shares_without_one(make_settings):
    load(make_settings(), HashingEmbedder())
    found = {}
    for fit in ("default", None):
        settings = make_settings(search__top=4, confidence__fit=fit)
        row = open_classifier(settings, HashingEmbedder()).classify_batch([ad("Pastry baker")])[0]
        found[fit] = row.confidence
        assert 0 <= row.confidence <= 1
    assert found["default"] != found[None]


# From learning to the classifier


class Silent:
    def start(self, stage, total):
        pass

    def advance(self, done):
        pass


def test_learning_refits_the_confidence_and_forgetting_gives_the_shipped_one_back(settings):
    load(settings, HashingEmbedder())

    def embedder(_):
        return HashingEmbedder()

    rows = [
        Ad(one.id, one.title, "", number, number, isco_code=one.isco_code)
        for number, one in enumerate(some_labelled(FEWEST + 20), start=1)
    ]
    learn(settings, rows, "survey", embedder, Silent())
    fit = refit_confidence(settings, embedder, Silent())
    assert fit is not None
    assert open_classifier(settings, HashingEmbedder()).decider.calibration.origin == fit.origin
    remove_source(settings, "survey")
    assert refit_confidence(settings, embedder, Silent()) is None
    assert open_classifier(settings, HashingEmbedder()).decider.calibration == load_calibration(
        "default"
    )
