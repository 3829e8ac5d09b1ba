"""From neighbours to one code: unanimity, majority, vote."""

import math

import pytest

from isco.core.records import Candidate, PredictionPath
from isco.retriever.deciding.voting import (
    Answer,
    Verdict,
    best_within,
    by_own_name,
    settle,
    take_vote,
    vote_shares,
)


def candidates(*codes_and_scores):
    """Candidates nearest first; a code alone scores a little less than the one before it."""
    pairs = [
        item if isinstance(item, tuple) else (item, 1 - position / 100)
        for position, item in enumerate(codes_and_scores)
    ]
    return tuple(
        Candidate(code, f"Group {code}", f"http://example.org/{rank}", f"leaf {rank}", score, rank)
        for rank, (code, score) in enumerate(pairs, start=1)
    )


@pytest.fixture
def rule(make_settings):
    def make(neighbours=5, majority=0.8, temperature=0.5):
        return make_settings(
            decision__neighbours=neighbours,
            decision__majority=majority,
            decision__temperature=temperature,
        ).decision

    return make


# Unanimous


def test_neighbours_of_one_code_decide(rule):
    verdict = take_vote(candidates(*["2512"] * 5, "1120", "1120"), rule())
    assert (verdict.isco_code, verdict.path) == ("2512", PredictionPath.UNANIMOUS)
    assert verdict.isco_label == "Group 2512"
    assert verdict.reason == (
        "Closest: leaf 1, leaf 2, leaf 3, leaf 4, leaf 5. All belong to 2512 Group 2512."
    )


def test_candidates_beyond_the_neighbours_do_not_break_unanimity_but_lower_the_confidence(rule):
    alone = take_vote(candidates(*["2512"] * 5), rule())
    doubted = take_vote(candidates(*["2512"] * 5, *["1120"] * 5), rule())
    assert doubted.path == PredictionPath.UNANIMOUS
    assert alone.confidence == 1
    assert doubted.confidence == pytest.approx(
        vote_shares(candidates(*["2512"] * 5, *["1120"] * 5), 0.5)["2512"]
    )
    assert doubted.confidence < 0.6


def test_one_candidate_decides(rule):
    verdict = take_vote(candidates("2512"), rule())
    assert (verdict.isco_code, verdict.path, verdict.confidence) == (
        "2512",
        PredictionPath.UNANIMOUS,
        1,
    )


def test_fewer_candidates_than_neighbours_decide_all_together(rule):
    assert take_vote(candidates(*["2512"] * 3), rule()).path == PredictionPath.UNANIMOUS
    # Two of three are less than the share of 0.8, three of four less than it, four of five enough.
    assert take_vote(candidates("2512", "2512", "1120"), rule()).path == PredictionPath.VOTE
    assert (
        take_vote(candidates("2512", "2512", "1120"), rule(majority=0.6)).path
        == PredictionPath.MAJORITY
    )


def test_no_candidates_are_an_error(rule):
    with pytest.raises(ValueError, match="at least one candidate"):
        take_vote((), rule())


# Majority


@pytest.mark.parametrize(
    ("majority", "agreeing", "of", "path"),
    [
        (0.8, 4, 5, PredictionPath.MAJORITY),      # exactly the share
        (0.8, 3, 5, PredictionPath.VOTE),
        (0.6, 3, 5, PredictionPath.MAJORITY),
        (0.56, 14, 25, PredictionPath.MAJORITY),   # 0.56 * 25 is a little more than 14 in floats
        (0.7, 7, 10, PredictionPath.MAJORITY),
        (0.7, 6, 10, PredictionPath.VOTE),
        (0.5, 5, 10, PredictionPath.VOTE),         # half is no majority
        (0.5, 6, 10, PredictionPath.MAJORITY),
        (0.5, 2, 5, PredictionPath.VOTE),          # less than half
        (0.5, 3, 5, PredictionPath.MAJORITY),
        (0.5, 1, 2, PredictionPath.VOTE),
        (1.0, 4, 5, PredictionPath.VOTE),
        (None, 4, 5, PredictionPath.VOTE),
        (None, 14, 15, PredictionPath.VOTE),
    ],
)  # fmt: skip
def test_a_majority_decides_from_its_share_on_and_never_with_half(
    rule, majority, agreeing, of, path
):
    others = [str(1000 + number) for number in range(of - agreeing)]
    found = take_vote(candidates(*["2512"] * agreeing, *others), rule(of, majority))
    assert found.path == path


def test_a_majority_wins_against_nearer_neighbours(rule):
    neighbours = candidates(("1120", 9.0), *[("2512", 1.0)] * 4)
    verdict = take_vote(neighbours, rule())
    assert (verdict.isco_code, verdict.path) == ("2512", PredictionPath.MAJORITY)
    assert verdict.reason == (
        "Closest: leaf 1, leaf 2, leaf 3, leaf 4, leaf 5. 4 of 5 belong to 2512 Group 2512."
    )
    assert verdict.confidence == vote_shares(neighbours, 0.5)["2512"] < 0.01


def test_without_a_majority_rule_the_nearer_wins_that_vote(rule):
    neighbours = candidates(("1120", 9.0), *[("2512", 1.0)] * 4)
    assert take_vote(neighbours, rule(majority=None)).isco_code == "1120"


# Vote


def test_all_candidates_vote_where_the_neighbours_disagree(rule):
    pool = candidates(("1120", 1.0), ("2512", 0.9), *[("3112", 0.8)] * 6)
    verdict = take_vote(pool, rule(neighbours=2))
    assert (verdict.isco_code, verdict.path) == ("3112", PredictionPath.VOTE)
    assert verdict.isco_label == "Group 3112"
    assert verdict.reason == "Closest: leaf 1, leaf 2."
    assert verdict.confidence == vote_shares(pool, 0.5)["3112"]


def test_the_vote_is_the_softmax_of_the_scores_over_the_temperature():
    shares = vote_shares(candidates(("2512", 1.0), ("1120", 0.5), ("2512", 0.0)), 0.25)
    weights = [math.exp(1.0 / 0.25), math.exp(0.5 / 0.25), math.exp(0.0)]
    assert shares["2512"] == pytest.approx((weights[0] + weights[2]) / sum(weights))
    assert shares["1120"] == pytest.approx(weights[1] / sum(weights))


@pytest.mark.parametrize("temperature", [1e-6, 0.01, 0.5, 100.0])
@pytest.mark.parametrize("spread", [1e-9, 1.0, 1e6])
def test_shares_sum_to_1(temperature, spread):
    pool = candidates(*((str(1000 + n % 4), -n * spread) for n in range(15)))
    shares = vote_shares(pool, temperature)
    assert sum(shares.values()) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in shares.values())


def test_a_small_temperature_lets_the_nearest_decide_and_a_large_one_the_number():
    pool = candidates(("1120", 1.0), ("2512", 0.9), ("2512", 0.9))
    assert max(vote_shares(pool, 0.01).items(), key=lambda item: item[1])[0] == "1120"
    assert max(vote_shares(pool, 10.0).items(), key=lambda item: item[1])[0] == "2512"


@pytest.mark.parametrize("order", [("1120", "2512"), ("2512", "1120")])
def test_of_equal_shares_the_nearer_wins(rule, order):
    first, second = order
    pool = candidates((first, 1.0), (second, 1.0), (second, 0.5), (first, 0.5))
    verdict = take_vote(pool, rule(neighbours=4))
    assert (verdict.isco_code, verdict.confidence) == (first, pytest.approx(0.5))


@pytest.mark.parametrize(
    "scores", [(1e30, -1e30), (-1e30, -2e30), (0.0, 0.0), (1e-320, 0.0), (1e308, -1e308)]
)
@pytest.mark.parametrize("temperature", [1e-9, 0.5, 1e9])
def test_confidence_stays_between_0_and_1_for_extreme_scores(rule, scores, temperature):
    high, low = scores
    pool = candidates(("1120", high), ("2512", low), ("2512", low))
    for neighbours in (1, 3):
        confidence = take_vote(pool, rule(neighbours, None, temperature)).confidence
        assert 0 <= confidence <= 1


def test_the_names_that_people_see_are_those_of_both_languages_and_each_once(rule):
    names = [("baker", "Bäcker"), ("cook", None), ("baker", "Bäcker")]
    pool = [
        Candidate("7512", "Bakers", "u", label, 1.0, rank, local)
        for rank, (label, local) in enumerate(names, start=1)
    ]
    assert take_vote(pool, rule()).reason == (
        "Closest: Bäcker (baker), cook. All belong to 7512 Bakers."
    )


# A title that is a concept's own name

POOL = candidates(("1120", 1.0), ("2512", 0.9), ("3112", 0.8), ("2512", 0.7))


def test_the_name_of_one_group_alone_decides(rule):
    voted = take_vote(POOL, rule())
    verdict = by_own_name(voted, "tinker", {"3112"}, POOL)
    assert (verdict.isco_code, verdict.isco_label) == ("3112", "Group 3112")
    assert (verdict.path, verdict.own_name) == (PredictionPath.UNANIMOUS, True)
    assert verdict.confidence == verdict.shares["3112"] == pytest.approx(0.9)
    assert verdict.reason == (
        "'tinker' is what the taxonomy calls 3112 Group 3112, and no other group."
    )
    assert sum(verdict.shares.values()) == pytest.approx(1)
    others = voted.shares["1120"] / voted.shares["2512"]
    assert verdict.shares["1120"] / verdict.shares["2512"] == pytest.approx(others)


def test_the_name_of_several_groups_leaves_the_vote_to_them(rule):
    voted = take_vote(POOL, rule())
    assert voted.isco_code == "2512"
    verdict = by_own_name(voted, "tinker", {"3112", "1120"}, POOL)
    assert (verdict.isco_code, verdict.path) == ("1120", PredictionPath.VOTE)
    assert verdict.own_name
    assert verdict.reason == f"'tinker' is a name in 1120, 3112. {voted.reason}"
    assert verdict.shares["1120"] + verdict.shares["3112"] == pytest.approx(0.9)
    among_them = voted.shares["1120"] / voted.shares["3112"]
    assert verdict.shares["1120"] / verdict.shares["3112"] == pytest.approx(among_them)


@pytest.mark.parametrize("codes", [set(), {"9112"}])
def test_no_name_and_the_name_of_a_group_that_is_not_near_change_nothing(rule, codes):
    voted = take_vote(POOL, rule())
    assert by_own_name(voted, "tinker", codes, POOL) is voted


def test_where_all_candidates_are_of_the_named_group_there_is_nobody_to_share_with(rule):
    pool = candidates("2512", "2512")
    verdict = by_own_name(take_vote(pool, rule()), "tinker", {"2512"}, pool)
    assert verdict.shares == {"2512": pytest.approx(0.9)}


# The paper's rule


def test_the_paper_profile_takes_15_of_one_code_and_hands_every_disagreement_on(make_settings):
    settings = make_settings("paper-rule").decision
    assert take_vote(candidates(*["2512"] * 15), settings).path == PredictionPath.UNANIMOUS
    one_differs = candidates(*[("2512", 0.9)] * 14, ("1120", 0.9))
    verdict = take_vote(one_differs, settings)
    assert (verdict.isco_code, verdict.path) == ("2512", PredictionPath.VOTE)
    assert verdict.confidence == pytest.approx(14 / 15)


def test_the_paper_profile_votes_in_units_of_the_cosine(make_settings):
    settings = make_settings("paper-rule").decision
    pool = candidates(("1120", 0.90), *[("2512", 0.85)] * 14)
    assert take_vote(pool, settings).isco_code == "1120"


# A target accuracy


ANSWERS = [
    Answer("2512", "Software developers", 0.6),
    Answer("251", "Software developers and analysts", 0.7),
    Answer("25", "ICT professionals", 0.92),
    Answer("2", "Professionals", 0.95),
]
VOTED = Verdict("2512", "Software developers", PredictionPath.VOTE, 0.4, "They disagree.")


def test_without_a_target_the_code_stands_at_its_confidence():
    verdict = settle(VOTED, ANSWERS, None)
    assert (verdict.isco_code, verdict.confidence) == ("2512", 0.6)
    assert (verdict.path, verdict.reason) == (
        PredictionPath.VOTE,
        "They disagree. 2512 is 60% sure.",
    )


@pytest.mark.parametrize(
    ("target", "code", "confidence"),
    [(0.5, "2512", 0.6), (0.6, "2512", 0.6), (0.65, "251", 0.7), (0.9, "25", 0.92),
     (0.95, "2", 0.95)],
)  # fmt: skip
def test_the_longest_answer_that_reaches_the_target_is_given(target, code, confidence):
    verdict = settle(VOTED, ANSWERS, target)
    assert (verdict.isco_code, verdict.confidence) == (code, confidence)
    assert verdict.path is PredictionPath.VOTE
    assert verdict.isco_label == next(a.isco_label for a in ANSWERS if a.isco_code == code)


def test_a_shorter_answer_says_why():
    reason = settle(VOTED, ANSWERS, 0.9).reason
    assert reason == (
        "They disagree. 2512 is 60% sure, 90% are asked for: 25 ICT professionals reaches 92%."
    )


def test_an_ad_of_which_nothing_is_sure_enough_is_declined():
    verdict = settle(VOTED, ANSWERS, 0.99)
    assert (verdict.isco_code, verdict.isco_label, verdict.confidence) == (None, None, 0.0)
    assert verdict.path is PredictionPath.DECLINED
    assert "no group above it reaches that" in verdict.reason


@pytest.mark.parametrize(
    ("code", "best", "confidence"),
    [("2512", "2512", 0.8), ("251", "2513", 0.5), ("2", "2513", 0.4), ("7", None, None)],
)
def test_the_best_unit_group_of_an_answer_is_the_one_with_the_largest_share(code, best, confidence):
    shares = {"2513": 0.5, "2512": 0.3, "2221": 0.2, "5120": 0.0}
    titles = {each: f"Group {each}" for each in shares}
    found = best_within(Answer(code, "", 0.8), shares, titles)
    assert (found and found.isco_code) == best
    assert (found and found.confidence) == (confidence and pytest.approx(confidence))
