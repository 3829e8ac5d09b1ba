"""What is fitted on labelled ads, when it follows them, and what the classifier makes of it."""

import random
from dataclasses import replace

import numpy as np
import pytest

from isco.core.calibration import AS_IT_IS
from isco.core.errors import ModelMismatchError
from isco.core.learned_fit import LearnedFit
from isco.core.progress import Silent
from isco.core.records import Ad, Form, Profile
from isco.core.store import Groups, LabelledAd, OccupationStore
from isco.retriever.deciding.calibration_files import configured_calibration, load_calibration
from isco.retriever.deciding.calibration_fitting import ScoredEvidence, refit_learned
from isco.retriever.deciding.decider import Decider
from isco.retriever.deciding.evidence import Evidence
from isco.retriever.factory import open_classifier
from isco.retriever.labelled.equal_ads import content_key
from isco.retriever.labelled.labelled_ads import ridge_of
from isco.retriever.learning.fitting import fit_on, is_up_to_date
from isco.retriever.learning.learn import learn, remove_source
from isco.retriever.learning.refitting import refit
from isco.retriever.searching.query import Query
from tests.support.doubles import HashingEmbedder, labelled_ads, searchers_over
from tests.support.learned import learned_fit
from tests.support.small_taxonomy import LEAVES, load

WORDS = ["night", "senior", "part-time", "school", "hotel", "city", "junior", "travelling"]
NICKNAMES = {"5120": "galley", "7512": "dough", "8332": "wheel", "2221": "bedside"}


def labelled(title, code, number, learned="2026-01-02T03:04:05+00:00"):
    return LabelledAd(
        id=str(number), source="survey", title=title, description="", isco_code=code,
        isco_label=f"Group {code}", language="en", learned=learned,
        vector=HashingEmbedder().embed_queries([title])[0], content=content_key(title, ""),
    )  # fmt: skip


def some_labelled(count, wrong=0.0):
    """Ads that call the jobs of the small taxonomy otherwise; some have another job's code."""
    draw, ads = random.Random(1), []
    for number in range(count):
        code = draw.choice(LEAVES).isco_code
        given = code if draw.random() > wrong else draw.choice(LEAVES).isco_code
        ads.append(labelled(f"{draw.choice(WORDS)} {NICKNAMES[code]} {number}", given, number))
    return ads


@pytest.fixture
def settings(make_settings):
    return make_settings(search__top=4, search__bare_title_weights={"labels": 1.0})


def fit_of(ads, settings):
    searchers = searchers_over(LEAVES, settings.search)
    main = searchers.main
    fitted = ridge_of(ads, main.index.titles, main.mean_name, settings.learning)
    return fit_on(ads, fitted, searchers, settings, HashingEmbedder(), Silent())


def test_it_says_what_to_expect_on_new_ads_and_that_holds(settings):
    ads = some_labelled(160, wrong=0.2)
    fit = fit_of(ads[:120], settings)
    assert (fit.ads, fit.gain.ads, fit.until) == (120, 120, ads[0].learned)
    assert "120 of 120 labelled ads" in fit.origin
    assert fit.gain.after > fit.gain.before + 0.3
    searchers = searchers_over(LEAVES, settings.search)
    decider = Decider(
        searchers, settings, "hashing-double",
        labelled=labelled_ads(ads[:120], searchers, settings, fit.combinations),
    )  # fmt: skip
    fresh = decider.decide([Query(Profile(ad.title, "")) for ad in ads[120:]])
    right = np.mean(
        [f.verdict.isco_code == ad.isco_code for f, ad in zip(fresh, ads[120:], strict=True)]
    )
    assert right == pytest.approx(fit.gain.after, abs=0.15)


@pytest.mark.parametrize("order", ["shuffled", "sorted"])
@pytest.mark.parametrize("count", [10, 50, 250])
def test_learned_ads_are_never_worse_than_none(settings, count, order):
    """Ads whose titles the taxonomy knows, so that labels of a few codes could only do harm."""
    draw = random.Random(count)
    titles = [
        f"{draw.choice(WORDS)} {draw.choice(leaf.labels)} {n}"
        for n in range(400)
        for leaf in [draw.choice(LEAVES)]
    ]
    code_of = {label: leaf.isco_code for leaf in LEAVES for label in leaf.labels}
    codes = [next(c for label, c in code_of.items() if label in title) for title in titles]
    rows = list(range(300))
    if order == "sorted":
        rows.sort(key=lambda row: codes[row])
    ads = [labelled(titles[row], codes[row], row) for row in rows[:count]]
    fit = fit_of(ads, settings)
    searchers = searchers_over(LEAVES, settings.search)
    asked = [Query(Profile(titles[row], "")) for row in range(300, 400)]
    right = []
    for near in (None, labelled_ads(ads, searchers, settings, fit.combinations)):
        found = Decider(searchers, settings, "hashing-double", labelled=near).decide(asked)
        right.append(sum(f.verdict.isco_code == codes[300 + n] for n, f in enumerate(found)))
    assert right[1] >= right[0]


def test_bare_titles_leave_ads_with_a_text_as_they_were(settings):
    """Neither their codes nor how sure these are nor what is found follow what titles taught."""
    ads = some_labelled(120, wrong=0.4)
    fit = fit_of(ads, settings)
    assert list(fit.forms) == [Form.TITLE]
    searchers = searchers_over(LEAVES, settings.search)
    texts = [Query(Profile(f"{ad.title} here", "x"), "You will work.") for ad in ads[:20]]
    bare = [Query(Profile(f"{ad.title} here", "")) for ad in ads[:20]]
    learned = labelled_ads(ads, searchers, settings, fit.combinations)
    found = [
        Decider(
            searchers, settings, "hashing-double",
            configured_calibration(settings.confidence, one), near,
        )
        for one, near in ((fit, learned), (None, None))
    ]  # fmt: skip
    assert found[0].decide(texts) == found[1].decide(texts)
    assert found[0].decide(bare) != found[1].decide(bare)


def test_ads_of_both_forms_are_fitted_apart(settings):
    bare = some_labelled(40)
    texts = [
        replace(ad, id=f"t{ad.id}", text="You will work.", content=content_key(ad.title, "x"))
        for ad in some_labelled(60)
    ]
    fit = fit_of([*bare, *texts], settings)
    assert {form: each.gain.ads for form, each in fit.forms.items()} == {
        Form.TITLE: 40, Form.TEXT: 60,
    }  # fmt: skip
    assert fit.gain.ads == 100
    assert LearnedFit.of(fit.as_dict()).as_dict() == fit.as_dict()


def test_without_a_regression_nothing_is_fitted(settings, make_settings):
    off = make_settings(search__top=4, learning__ridge=None)
    load(off, HashingEmbedder())
    rows = [Ad("a", "Galley wizard", "", 1, 1, isco_code="2221")]
    learn(off, rows, "survey", lambda _: HashingEmbedder(), Silent())
    assert refit(off, lambda _: HashingEmbedder(), Silent()) is None
    classifier = open_classifier(off, HashingEmbedder())
    assert classifier.decider.labelled.ridge is None
    assert classifier.classify_batch([Ad("b", "Galley wizard here", "")])[0].isco_code == "2221"


def test_what_was_fitted_stands_until_a_tenth_came_or_something_changed(settings):
    ads = some_labelled(40)
    fit = fit_of(ads, settings)
    later = [labelled(f"new {n}", "5120", f"new{n}", "2027") for n in range(4)]
    assert is_up_to_date(fit, ads)
    assert is_up_to_date(fit, [*ads, *later[:3]])
    assert not is_up_to_date(fit, [*ads, *later])
    assert not is_up_to_date(fit, ads[1:])
    assert not is_up_to_date(fit, [labelled(ads[0].title, "0110", "0"), *ads[1:]])
    assert not is_up_to_date(None, ads)


# Confidence


def evidence(share, code="5120"):
    groups = {4: code, 3: code[:3], 2: code[:2], 1: code[:1]}
    return Evidence(groups, dict.fromkeys(groups, share), None, None, 1.0, 0.5, labelled=True)


def test_the_confidence_follows_many_ads_and_few_hardly_change_it():
    always_right = [ScoredEvidence(evidence(share), "5120") for share in (0.3, 0.5, 0.7)]
    few, many = (refit_learned(always_right * n, AS_IT_IS) for n in (1, 100))
    half = evidence(0.5).features(4)
    assert 0.5 < few[4].probability(half) < 0.65
    assert many[4].probability(half) > 0.85
    assert refit_learned([], AS_IT_IS) == AS_IT_IS


def test_the_fit_of_labelled_ads_stands_in_the_shipped_one(make_settings):
    shipped, fit = load_calibration("default"), learned_fit(bias=0.25)
    found = configured_calibration(make_settings().confidence, fit)
    assert (found.fitted, found.learned, found.full) == (
        fit.confidence, shipped.learned, shipped.full,
    )  # fmt: skip
    assert found.probabilities(evidence(0.5), "any")[4] == pytest.approx(
        fit.confidence[Form.TITLE][4].probability({"share": 0.0})
    )
    assert configured_calibration(make_settings().confidence, None) == shipped
    assert configured_calibration(make_settings(confidence__fit=None).confidence, fit) is None


# What the classifier makes of it


def keep(settings, ads, fit=None):
    with OccupationStore(settings) as store:
        collection = store.labelled()
        collection.prepare(store.require_active()[1])
        collection.store(ads, Groups.of(LEAVES))
        collection.set_fit(fit)


def ad(title):
    return Ad("1", title, "", 1, 1)


def test_a_classifier_reads_the_labelled_ads_of_its_taxonomy(settings):
    load(settings, HashingEmbedder())
    before = open_classifier(settings, HashingEmbedder()).classify_batch([ad("Galley wizard x")])[0]
    other = next(leaf.isco_code for leaf in LEAVES if leaf.isco_code != before.isco_code)
    keep(settings, [labelled("galley wizard", other, 1)])
    after = open_classifier(settings, HashingEmbedder()).classify_batch([ad("Galley wizard x")])[0]
    assert after.isco_code == other
    assert after.candidates[0].uri == "urn:isco:labelled-ad:survey:1"
    assert after.candidates[0].label == "galley wizard"


def test_a_classifier_goes_by_the_fit_that_is_kept_with_them(settings):
    load(settings, HashingEmbedder())
    fit = learned_fit()
    keep(settings, some_labelled(20), fit)
    decider = open_classifier(settings, HashingEmbedder()).decider
    assert decider.calibration.fitted == fit.confidence
    assert decider.labelled.combinations == fit.combinations


def test_ads_learned_after_the_fit_have_a_say_at_once(settings):
    load(settings, HashingEmbedder())
    ads, asked = some_labelled(20), [Query(Profile("Galley wizards", ""))]
    later = labelled("galley wizard", "2221", "later", learned="2027")
    shares = []
    for learned in (ads, [*ads, later]):
        keep(settings, learned, learned_fit(until="2026-06"))
        decider = open_classifier(settings, HashingEmbedder()).decider
        assert decider.labelled.ridge.counts.sum() == len(learned)
        shares.append(decider.decide(asked)[0].verdict.shares["2221"])
    assert shares[1] > 3 * shares[0]


def test_the_regression_is_computed_once_and_kept(settings, monkeypatch):
    load(settings, HashingEmbedder())
    keep(settings, some_labelled(20))
    first = open_classifier(settings, HashingEmbedder()).classify_batch([ad("city dough")])
    with monkeypatch.context() as patch:
        patch.setattr("isco.retriever.labelled.kept_ridge.ridge_of", pytest.fail)
        again = open_classifier(settings, HashingEmbedder()).classify_batch([ad("city dough")])
    assert again == first
    for path in settings.labelled_path.rglob("dual.npy"):
        path.write_bytes(b"broken")
    assert open_classifier(settings, HashingEmbedder()).classify_batch([ad("city dough")]) == first
    assert len(list(settings.labelled_path.iterdir())) == 1


def test_labelled_ads_of_another_model_are_refused_with_both_names(settings):
    load(settings, HashingEmbedder())
    keep(settings, [labelled("galley wizard", "2221", 1)])
    other = HashingEmbedder()
    other.revision = "2"
    load(settings, other)
    with pytest.raises(ModelMismatchError, match=r"hashing-double@1.*hashing-double@2"):
        open_classifier(settings, other)


def test_learning_fits_and_forgetting_gives_what_was_shipped_back(settings):
    load(settings, HashingEmbedder())

    def embedder(_):
        return HashingEmbedder()

    rows = [
        Ad(one.id, one.title, "", number, number, isco_code=one.isco_code)
        for number, one in enumerate(some_labelled(60, wrong=0.2), start=1)
    ]
    learn(settings, rows, "survey", embedder, Silent())
    fit = refit(settings, embedder, Silent())
    assert fit is not None
    assert refit(settings, embedder, Silent()) == fit
    assert open_classifier(settings, HashingEmbedder()).decider.calibration.origin == fit.origin
    remove_source(settings, "survey")
    assert refit(settings, embedder, Silent()) is None
    assert open_classifier(settings, HashingEmbedder()).decider.calibration == load_calibration(
        "default"
    )
    assert not settings.labelled_path.exists()


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
