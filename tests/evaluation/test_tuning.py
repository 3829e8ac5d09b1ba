"""Settings of the vote that are chosen on labelled ads, and what is said of the choice."""

import random

import pytest
import yaml

from isco.core.records import Ad, Candidate
from isco.core.settings import DecisionSettings
from isco.evaluation.evaluate import tried_ads
from isco.evaluation.text_tuning import as_profile, as_table
from isco.evaluation.tuning import Choice, TriedAd, choices, tune
from isco.retriever.deciding.voting import take_vote
from isco.retriever.factory import open_classifier
from isco.retriever.labelled.labels import LabelReader
from isco.retriever.running.executors import Inline
from tests.support.doubles import HashingEmbedder
from tests.support.small_taxonomy import load

IN_USE = Choice(15, 3, None, 0.2)


def leaves(*scored):
    return tuple(
        Candidate(code, code, f"uri:{rank}", code, score, rank)
        for rank, (code, score) in enumerate(scored, start=1)
    )


def ads_of_many(count, seed=1):
    """The nearest leaf is right half of the time; otherwise a crowd that comes after it."""
    draw = random.Random(seed)
    ads = []
    for number in range(count):
        right, wrong = ("2512", "5120") if number % 2 else ("5120", "2512")
        crowd = [(right, 1.0 - draw.random() / 10) for _ in range(12)]
        ads.append(TriedAd(f"title {number}", right, leaves((wrong, 1.5), *sorted(crowd)[::-1])))
    return ads


def test_what_is_in_use_is_tried_first_and_every_choice_once():
    tried = choices(IN_USE)
    assert tried[0] == IN_USE
    assert len(tried) == len(set(tried)) > 400
    assert all(choice.neighbours <= choice.top for choice in tried[1:])
    odd = Choice(17, 4, 0.7, 0.03)
    assert choices(odd)[0] == odd


@pytest.mark.parametrize("choice", random.Random(2).sample(choices(IN_USE), 20), ids=str)
def test_a_choice_answers_as_the_vote_does_under_it(choice):
    ads = ads_of_many(8)
    settings = DecisionSettings(**choice.as_profile()["decision"])
    expected = [take_vote(ad.candidates[: choice.top], settings).isco_code == ad.gold for ad in ads]
    assert choice.right(ads).tolist() == expected


def test_a_choice_that_is_better_on_ads_it_did_not_see_is_more_than_chance():
    found = tune(ads_of_many(60), IN_USE)
    assert found.before == 0
    assert found.after == 1
    assert found.more_than_chance
    assert found.proposed != IN_USE
    assert "better by more than chance" in as_table(found)


def test_what_only_fits_the_ads_it_was_chosen_on_is_called_chance():
    draw = random.Random(5)
    codes = ["2512", "5120", "2221", "7512"]
    ads = [
        TriedAd(
            f"title {n}",
            draw.choice(codes),
            leaves(*((draw.choice(codes), 1 - place / 50) for place in range(50))),
        )
        for n in range(40)
    ]
    found = tune(ads, IN_USE)
    assert found.on_the_same > found.before
    assert not found.more_than_chance
    assert "can be chance" in as_table(found)


def test_of_equal_choices_the_one_in_use_stands():
    ads = [TriedAd(f"title {n}", "2512", leaves(("2512", 1.0))) for n in range(9)]
    found = tune(ads, IN_USE)
    assert (found.proposed, found.before, found.after, found.p_value) == (IN_USE, 1, 1, 1)
    assert "nothing that was tried is better" in as_table(found)


def test_ads_without_leaves_are_wrong_and_named_ones_are_what_they_are_called():
    ads = [TriedAd("404", "2512", ()), TriedAd("Cook", "5120", leaves(("2512", 1.0)), "5120")]
    assert all(choice.right(ads).tolist() == [False, True] for choice in choices(IN_USE))


def test_equal_titles_are_judged_together():
    """Else a title that is everywhere would be judged by itself."""
    twins = [TriedAd("Same title", ad.gold, ad.candidates) for ad in ads_of_many(60)]
    found = tune(twins, IN_USE)
    assert (found.after, found.chosen_by) == (found.before, 0.0)
    assert found.on_the_same == 1


def test_the_profile_is_a_configuration_and_says_what_to_expect():
    text = as_profile(tune(ads_of_many(60), IN_USE))
    assert text.startswith("# 4 digits right")
    profile = yaml.safe_load(text)
    assert set(profile) == {"search", "decision"}
    assert set(profile["decision"]) == {"neighbours", "majority", "temperature"}


def test_ads_are_tried_with_their_leaves_and_without_those_that_have_no_four_digits(make_settings):
    settings = make_settings(search__top=4)
    load(settings, HashingEmbedder())
    classifier = open_classifier(settings, HashingEmbedder())
    titles = {code: code for code in ("2221", "22", "5120")}
    labelled = [
        ("Nurse", "2221"),
        ("Cook", "22"),
        ("Baker", None),
        ("Smith", "smith"),
        ("Cook", "5120"),
    ]
    rows = [
        Ad(str(n), title, "You will work.", n, n, isco_code=code)
        for n, (title, code) in enumerate(labelled)
    ]
    found = tried_ads(
        rows, Inline(classifier.classify_with_ranking), 2, LabelReader(titles, {}, "isco_code")
    )
    assert [(ad.title, ad.gold) for ad in found] == [("Nurse", "2221"), ("Cook", "5120")]
    assert [len(ad.candidates) for ad in found] == [4, 4]


def test_there_must_be_ads():
    with pytest.raises(ValueError, match="no ads"):
        tune([], IN_USE)
