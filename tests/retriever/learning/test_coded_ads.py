"""What people have coded stays coded: the loop from declined ads to learned ones and back."""

import random

import pytest

from isco.core.progress import Silent
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.retriever.factory import open_classifier
from isco.retriever.learning.learn import LearnSummary, learn
from isco.retriever.learning.refitting import refit
from tests.support.doubles import HashingEmbedder
from tests.support.small_taxonomy import LEAVES, load


def embedder(_):
    return HashingEmbedder()


class Desk:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        load(settings, HashingEmbedder())

    def learn(self, *ads: Ad, source: str = "survey") -> LearnSummary:
        summary = learn(self.settings, ads, source, embedder, Silent())
        refit(self.settings, embedder, Silent())
        return summary

    def classify(self, *ads: Ad):
        return open_classifier(self.settings, HashingEmbedder()).classify_batch(ads)


@pytest.fixture
def desk(make_settings):
    return Desk(make_settings(search__top=4, decision__target_accuracy=0.9))


def ads(count):
    draw = random.Random(2)
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
    return [
        Ad(f"ad-{n}", f"{draw.choice(words)} worker {n}", f"You will {draw.choice(words)}.", n, n)
        for n in range(1, count + 1)
    ]


def coded(ad, code):
    return Ad(ad.id, ad.title, ad.description, ad.row, ad.line, isco_code=code)


def test_sixty_declined_ads_come_back_with_the_human_code_at_the_same_target(desk):
    declined = [
        ad for ad, row in zip(ads(120), desk.classify(*ads(120)), strict=True)
        if row.path == "declined"
    ][:60]  # fmt: skip
    assert len(declined) == 60
    draw = random.Random(3)
    labelled = [coded(ad, draw.choice(LEAVES).isco_code) for ad in declined]
    desk.learn(*labelled)
    again = desk.classify(*declined)
    assert [row.isco_code for row in again] == [ad.isco_code for ad in labelled]
    assert {str(row.path) for row in again} == {"coded"}
    assert all(row.confidence > 0.9 and row.level == 4 for row in again)
    assert all("survey" in row.reason for row in again)


def test_an_equal_ad_of_another_id_and_spelling_comes_back_as_well(desk):
    ad = Ad("a", "Galley Wizard (m/f)", "You will  cook.", 1, 1)
    desk.learn(coded(ad, "2221"))
    rows = desk.classify(
        Ad("b", "GALLEY WIZARD", "You will cook.", 1, 1),
        Ad("a", "Galley wizard", "Another text.", 2, 2),
        Ad("c", "Galley wizard", "Another text.", 3, 3),
    )
    assert [(row.path, row.isco_code) for row in rows[:2]] == [("coded", "2221")] * 2
    assert rows[2].path != "coded"


def test_a_page_that_somebody_coded_is_a_job(desk):
    page = Ad("a", "404 Not Found", "404 not found", 1, 1)
    assert desk.classify(page)[0].path == "not_a_job"
    desk.learn(coded(page, "2221"))
    assert desk.classify(page)[0].isco_code == "2221"


def test_what_people_found_to_be_no_job_is_none_and_has_no_say_in_others(desk):
    ad = Ad("a", "Galley wizard", "You will cook.", 1, 1)
    like = Ad("b", "Galley wizard", "You will bake.", 2, 2)
    before = desk.classify(like)
    summary = desk.learn(coded(ad, "not_a_job"))
    assert (summary.learned, summary.pages, summary.codes) == (1, 1, 0)
    row, other = desk.classify(ad, like)
    assert (row.path, row.isco_code) == ("not_a_job", None)
    assert row.reason == "Found to be no job by people (survey)."
    assert [other] == before
    desk.learn(coded(ad, "2221"))
    assert desk.classify(ad)[0].isco_code == "2221"


def test_a_page_and_a_job_of_equal_content_contradict_each_other(desk):
    ad = Ad("a", "Galley wizard", "You will cook.", 1, 1)
    desk.learn(coded(ad, "not_a_job"), coded(Ad("b", ad.title, ad.description, 2, 2), "2221"))
    (row,) = desk.classify(Ad("c", ad.title, ad.description, 3, 3))
    assert row.path != "coded"
    assert "Equal ads were coded 2221, not_a_job." in row.reason


def test_contradictions_are_shown_and_decide_nothing(desk):
    ad = Ad("a", "Galley wizard", "You will cook.", 1, 1)
    desk.learn(coded(ad, "2221"))
    desk.learn(coded(ad, "5120"), source="portal")
    other = Ad("b", ad.title, ad.description, 1, 1)
    (row,) = desk.classify(other)
    assert row.path != "coded"
    assert "Equal ads were coded 2221, 5120." in row.reason


def test_a_shorter_code_comes_back_as_it_is(desk):
    ad = Ad("a", "Galley wizard", "You will cook.", 1, 1)
    desk.learn(coded(ad, "22"))
    (row,) = desk.classify(ad)
    assert (row.isco_code, row.level, row.isco_label, row.path) == ("22", 2, "Sub-major", "coded")


def test_of_a_shortlist_the_likelier_code_comes_back_and_all_are_named(desk):
    ad = Ad("a", "Cook", "You will work.", 1, 1)
    desk.learn(coded(ad, "2221|5120"))
    (row,) = desk.classify(ad)
    assert (row.isco_code, row.path) == ("5120", "coded")
    assert "They found 2221, 5120 right." in row.reason


def test_without_their_texts_ads_are_still_known(make_settings):
    desk = Desk(make_settings(search__top=4, learning__keep_text=False))
    ad = Ad("a", "Galley wizard", "You will cook.", 1, 1)
    desk.learn(coded(ad, "2221"), coded(Ad("b", "", "You will bake bread.", 2, 2), "7512"))
    (learned,) = open_classifier(desk.settings, HashingEmbedder()).decider.labelled.ads
    assert (learned.text, learned.description) == ("", "")
    (row,) = desk.classify(Ad("other", ad.title, ad.description, 1, 1))
    assert (row.isco_code, row.path) == ("2221", "coded")
