"""Which groups are taken for which."""

from isco.evaluation.confusion import confused_pairs, major_confusion
from tests.support.scored import scored_ad


def test_ads_are_counted_by_major_group_of_code_and_answer():
    counts = major_confusion(["2512", "2512", "0110", "9112"], ["2519", "3511", "02", None])
    assert (counts["2"]["2"], counts["2"]["3"]) == (1, 1)
    assert (counts["0"]["0"], counts["9"]["none"]) == (1, 1)
    assert sum(sum(row.values()) for row in counts.values()) == 4
    assert list(counts) == list("0123456789")


def test_pairs_are_in_order_of_their_number_and_then_of_the_surest_ad():
    ads = [
        scored_ad("2512", "2519", 0.2),
        scored_ad("2512", "2519", 0.3),
        scored_ad("1111", "1120", 0.4),
        scored_ad("5120", "9412", 0.9),
        scored_ad("5120", "5120", 0.9),
    ]
    pairs = confused_pairs(ads, most=10)
    assert [(pair.gold, pair.predicted, pair.n) for pair in pairs] == [
        ("2512", "2519", 2), ("5120", "9412", 1), ("1111", "1120", 1),
    ]  # fmt: skip
    assert confused_pairs(ads, most=1) == pairs[:1]


def test_up_to_three_examples_are_kept_the_surest_first():
    ads = [scored_ad("2512", "2519", confidence) for confidence in (0.1, 0.7, 0.3, 0.9)]
    (pair,) = confused_pairs(ads, most=10)
    assert pair.n == 4
    assert [ad.confidence for ad in pair.examples] == [0.9, 0.7, 0.3]


def test_an_answer_that_is_right_as_far_as_it_goes_or_none_is_no_confusion():
    assert confused_pairs([scored_ad("2512", "251"), scored_ad("2512", None)], most=10) == ()
    (pair,) = confused_pairs([scored_ad("2512", "31")], most=10)
    assert pair.predicted == "31"


def test_the_order_of_the_ads_changes_nothing():
    ads = [scored_ad("2512", "2519"), scored_ad("1111", "1120"), scored_ad("5120", "9412")]
    assert confused_pairs(ads, most=2) == confused_pairs(ads[::-1], most=2)
