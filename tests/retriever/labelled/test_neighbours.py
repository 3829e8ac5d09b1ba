"""Labelled ads beside the leaves: who joins, what each counts, and that all vote together."""

import math

import numpy as np
import pytest

from isco.core.records import Candidate, PredictionPath, Profile
from isco.core.store import LabelledAd
from isco.retriever.deciding.decider import Decider
from isco.retriever.deciding.voting import vote_shares
from isco.retriever.labelled.labelled_ads import HeldOut
from isco.retriever.labelled.neighbours import LabelledNeighbours
from isco.retriever.searching.query import Query
from tests.support.doubles import HashingEmbedder, labelled_ads, make_concept, searchers_over

TEMPERATURE = 0.2
LEAVES = [
    Candidate("5120", "Cooks", "http://example.org/cook", "cook", 2.0, 1),
    Candidate("7512", "Bakers", "http://example.org/baker", "baker", 1.7, 2),
]


def labelled(title, code, source="survey", number=1, description=""):
    vector = HashingEmbedder().embed_queries([title or description])[0]
    return LabelledAd(
        id=f"{number}", source=source, title=title, description=description, isco_code=code,
        isco_label=f"Group {code}", language="en", learned="2026-01-02T03:04:05+00:00",
        vector=vector,
    )  # fmt: skip


@pytest.fixture
def neighbours(make_settings):
    def make(*ads, centre=None, **values):
        settings = make_settings(**{f"learning__{key}": value for key, value in values.items()})
        return LabelledNeighbours(ads, centre, settings.learning)

    return make


def test_an_ad_with_the_very_same_title_counts_its_weight_where_all_leaves_count_one(neighbours):
    found = neighbours(labelled("kitchen hero", "9412"), weight=20.0).join(
        LEAVES, np.array([1.0]), TEMPERATURE
    )
    shares = vote_shares(found, TEMPERATURE)
    assert shares["9412"] == pytest.approx(20 / 21, abs=1e-3)
    before = vote_shares(LEAVES, TEMPERATURE)
    assert shares["5120"] / shares["7512"] == pytest.approx(
        before["5120"] / before["7512"], rel=1e-3
    )


def test_a_less_similar_title_counts_exponentially_less(neighbours):
    ads = neighbours(labelled("kitchen hero", "9412"), weight=20.0, sharpness=10.0)
    for similarity in (0.9, 0.7, 0.5):
        shares = vote_shares(ads.join(LEAVES, np.array([similarity]), TEMPERATURE), TEMPERATURE)
        counts = 20 * math.exp(10 * (similarity - 1))
        assert shares["9412"] == pytest.approx(counts / (1 + counts), abs=2e-3)


def test_leaves_and_ads_stand_in_one_list_the_nearest_first(neighbours):
    ads = neighbours(labelled("chef", "5120"), labelled("pastry chef", "7512", number=2))
    found = ads.join(LEAVES, np.array([0.95, 0.6]), TEMPERATURE)
    scores = [candidate.score for candidate in found]
    assert scores == sorted(scores, reverse=True)
    assert [candidate.rank for candidate in found] == [1, 2, 3, 4]
    assert found[0].uri == "urn:isco:labelled-ad:survey:1"
    assert (found[0].label, found[0].isco_label) == ("chef", "Group 5120")


def test_only_the_nearest_ads_join(neighbours):
    ads = [labelled(f"chef {n}", "5120", number=n) for n in range(6)]
    found = neighbours(*ads, neighbours=2).join(LEAVES, np.linspace(0.5, 1, 6), TEMPERATURE)
    assert {c.label for c in found} == {"cook", "baker", "chef 4", "chef 5"}


def test_an_ad_that_counts_next_to_nothing_is_no_candidate(neighbours):
    ads = neighbours(labelled("chef", "5120"), weight=10.0, sharpness=8.0, least=0.1)
    assert ads.join(LEAVES, np.array([0.1]), TEMPERATURE) == tuple(LEAVES)


def test_ads_that_are_kept_out_do_not_join(neighbours):
    ads = neighbours(labelled("Chef", "5120"), labelled("pastry chef", "7512", number=2))
    allowed = np.array([False, True])
    found = ads.join(LEAVES, np.array([1.0, 0.9]), TEMPERATURE, allowed)
    assert [c.label for c in found if c.uri.startswith("urn:")] == ["pastry chef"]


def cosine(left, right):
    return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))


def test_titles_are_compared_as_seen_from_the_mean_of_the_labelled_ones(neighbours):
    names = HashingEmbedder().embed_queries(["job"])[0] / 2
    titles = [f"chef {number}" for number in range(400)]
    ads = neighbours(*(labelled(t, "5120", number=n) for n, t in enumerate(titles)), centre=names)
    asked = HashingEmbedder().embed_queries(["chef of the house"])
    mean = np.mean([ad.vector for ad in ads.ads], axis=0)
    centre = (400 * mean + 50 * names) / 450
    expected = [cosine(asked[0] - centre, ad.vector - centre) for ad in ads.ads]
    np.testing.assert_allclose(ads.similarities(asked)[0], expected, atol=4e-4)


def test_one_labelled_ad_is_not_its_own_centre(neighbours):
    names = HashingEmbedder().embed_queries(["job"])[0] / 2
    ads = neighbours(labelled("chef", "5120"), centre=names)
    asked = HashingEmbedder().embed_queries(["chef", "nurse"])
    same, other = ads.similarities(asked)[:, 0]
    assert same == pytest.approx(1, abs=1e-4)
    assert other < 0.6


def test_without_a_centre_similarities_are_plain_cosines(neighbours):
    ads = neighbours(labelled("chef", "5120"))
    asked = HashingEmbedder().embed_queries(["chef job"])
    expected = cosine(asked[0], ads.ads[0].vector)
    assert ads.similarities(asked)[0, 0] == pytest.approx(expected, abs=1e-4)


# In a decision


TAXONOMY = [
    make_concept("5120", "cook", "chef"),
    make_concept("7512", "baker", "pastry baker"),
    make_concept("9412", "kitchen helper"),
]


@pytest.fixture
def decider(make_settings):
    def make(*ads):
        settings = make_settings(search__top=3)
        searchers = searchers_over(TAXONOMY, settings.search)
        near = labelled_ads(ads, searchers, settings) if ads else None
        return Decider(searchers, settings, "hashing-double", labelled=near)

    return make


def test_a_corrected_ad_decides_the_next_one_like_it(decider):
    ad = Query(Profile("Pastry baker for weddings", ""))
    assert decider().decide([ad])[0].verdict.isco_code == "7512"
    taught = decider(labelled("pastry baker for weddings", "5120")).decide([ad])[0]
    assert taught.verdict.isco_code == "5120"
    assert taught.candidates[0].uri == "urn:isco:labelled-ad:survey:1"
    assert taught.code_ranking[0] == "5120"


def test_an_ad_unlike_all_labelled_ones_is_decided_as_before(decider):
    ad = Query(Profile("Kitchen helper", ""))
    before = decider().decide([ad])[0]
    after = decider(labelled("pastry baker for weddings", "5120")).decide([ad])[0]
    assert after.verdict.isco_code == before.verdict.isco_code == "9412"


def test_labelled_ads_that_agree_are_neighbours_that_agree(decider):
    ads = [labelled("wedding pastry", "5120", number=n) for n in range(3)]
    found = decider(*ads).decide([Query(Profile("wedding pastry", ""))])[0]
    assert (found.verdict.isco_code, found.verdict.path) == ("5120", PredictionPath.UNANIMOUS)


def test_an_ad_without_a_title_has_no_labelled_neighbours(decider):
    found = decider(labelled("", "5120", description="You bake.")).decide(
        [Query(Profile("", "You bake."))]
    )
    assert not any(c.uri.startswith("urn:") for c in found[0].candidates)


def test_what_is_said_of_a_learned_ad_can_leave_it_out(decider):
    taught = decider(labelled("pastry baker for weddings", "5120"))
    ad = Query(Profile("Pastry baker for weddings", ""))
    nothing = np.zeros((1, len(taught.labelled.ridge.codes)), dtype=np.float32)
    held_out = HeldOut(np.zeros((1, 1), dtype=bool), nothing, nothing)
    assert taught.decide([ad], held_out=held_out)[0].verdict.isco_code == "7512"


def test_a_code_that_is_not_searched_can_be_learned(make_settings):
    settings = make_settings(search__top=2)
    searchers = searchers_over(TAXONOMY[:2], settings.search)
    searchers.main.index.titles.update({"9412": "Kitchen helpers", "941": "x", "94": "y", "9": "z"})
    near = labelled_ads([labelled("pot washer", "9412")], searchers, settings)
    found = Decider(searchers, settings, "hashing-double", labelled=near).decide(
        [Query(Profile("pot washer", ""))]
    )[0]
    assert found.verdict.isco_code == "9412"
    assert found.evidence.name is None
