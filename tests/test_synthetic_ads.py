"""Made-up ads: what they are made of, which may be learned, and what they bring beyond chance."""

import pytest

from benchmarks.synthetic import compared
from benchmarks.synthetic_ads import by_template, styles
from benchmarks.synthetic_screen import Half, Screen, SyntheticAd, copied
from isco.core.records import Ad
from tests.support.doubles import make_concept

DUTIES = "Bakers make bread, pastry and cakes from dough in hot ovens, before others get up."
BAKER = make_concept("7512", "baker", "bread maker", description=DUTIES)
REAL = [
    Ad("1", "WELDER", "We are Acme and grow. You weld pipes. Apply by mail."),
    Ad("2", "Cook", "You cook."),
    Ad("3", "Nurse", "You care for people on our wards, by day and by night. Call us now."),
]


def made_up(
    title="Night-time dough artist", text="Knead, shape and bake rolls for our three shops. " * 2
):
    return SyntheticAd(BAKER, title, text)


def test_the_halves_are_every_second_ad():
    assert [ad.id for ad in Half.FIRST.of(REAL)] == ["1", "3"]
    assert [ad.id for ad in Half.SECOND.of(REAL)] == ["2"]


def test_an_ad_that_says_something_new_passes_once():
    screen = Screen.of(REAL)
    assert screen.passes(made_up())
    assert not screen.passes(made_up())
    assert screen.left_out == {"as another": 1}


@pytest.mark.parametrize(
    ("ad", "why"),
    [
        (made_up(text="Bake."), "says too little"),
        (made_up(title=""), "says too little"),
        (made_up(text="A job of ISCO group 7512 in our bakery, where bread is made. " * 2),
         "speaks of a classification"),
        (made_up(title="Baker"), "its title is the occupation's label"),
        (made_up(text=DUTIES), "its text is the occupation's description"),
    ],
)  # fmt: skip
def test_what_gives_its_label_away_is_left_out_and_counted_by_why(ad, why):
    screen = Screen.of(REAL)
    assert not screen.passes(ad)
    assert screen.left_out == {why: 1}


def test_a_copy_of_a_real_ad_is_left_out():
    text = "Knead, shape and bake rolls for our three shops in the middle of the town, every day."
    assert not Screen.of([Ad("1", "Dough artist", text)]).passes(made_up("Dough artist", text))


def test_how_much_is_copied_is_the_share_of_runs_of_six_words():
    assert copied(DUTIES, DUTIES) == 1.0
    assert copied("Bakers make cakes.", DUTIES) == 0.0
    assert 0 < copied("bread, pastry and cakes from dough in ovens", DUTIES) < 0.5


def test_a_template_takes_name_and_duties_of_the_occupation_and_the_talk_of_the_ad(make_settings):
    (ad,) = by_template(make_settings(), True)([BAKER], REAL[:1])
    assert ad.title == "BREAD MAKER"
    assert DUTIES in ad.text
    assert "Apply by mail." in ad.text
    (plain,) = by_template(make_settings(), False)([BAKER], REAL[1:2])
    assert (plain.title, plain.text) == ("Bread maker", DUTIES)


def test_styles_are_lent_by_ads_of_all_lengths():
    ads = [Ad(str(length), "Job", "x" * length) for length in range(100, 0, -1)]
    assert [len(ad.description) for ad in styles(ads)] == list(range(1, 100, 10))


def test_a_difference_is_told_from_chance():
    gold, wrong = ["7512"] * 10, ["5120", None] * 5
    found = compared(gold, wrong, gold)
    assert found == {"better": 10, "worse": 0, "p": pytest.approx(2 / 1024)}
    assert compared(gold, gold, wrong) == {"better": 0, "worse": 10, "p": found["p"]}
    assert compared(gold, gold, gold) == {"better": 0, "worse": 0, "p": 1.0}
