"""Results by language, length and path."""

import pytest

from isco.core.records import PredictionPath
from isco.evaluation.breakdown import LENGTH_BANDS, by_language, by_length, by_path
from tests.support.scored import scored_ad


def test_parts_have_their_numbers_shares_and_accuracies():
    ads = [
        scored_ad("2512", "2512", 0.9, language="en"),
        scored_ad("2512", "2519", 0.5, language="en"),
        scored_ad("2512", "251", 0.7, language="en"),
        scored_ad("9112", "9112", 0.4, language="de"),
    ]
    found = by_language(ads)
    assert list(found) == ["en", "de"]
    assert (found["en"].n, found["en"].right, found["en"].share) == (3, 1, 0.75)
    assert found["en"].accuracy == pytest.approx(1 / 3)
    assert found["en"].confidence == pytest.approx(0.7)
    assert found["en"].interval[0] < 1 / 3 < found["en"].interval[1]


def test_the_confidence_is_the_mean_of_those_with_a_code():
    part = by_language([scored_ad("2512", "2512", 0.8), scored_ad("2512", None, 0.1)])["en"]
    assert (part.n, part.confidence) == (2, 0.8)
    assert by_language([scored_ad("2512", None)])["en"].confidence is None


def test_ads_whose_language_is_not_known_have_a_part_of_their_own():
    assert list(by_language([scored_ad("2512", "2512", language=None)])) == ["unknown"]


def test_equally_frequent_languages_are_in_order_of_their_name():
    ads = [scored_ad("2512", "2512", language=language) for language in ("pl", "de", "fr")]
    assert list(by_language(ads)) == ["de", "fr", "pl"]


@pytest.mark.parametrize(
    ("characters", "band"),
    [(0, "title only"), (1, "1–500"), (500, "1–500"), (501, "501–1,500"), (1500, "501–1,500"),
     (1501, "1,501–3,000"), (3000, "1,501–3,000"), (3001, "over 3,000"), (10**6, "over 3,000")],
)  # fmt: skip
def test_lengths_fall_into_fixed_bands(characters, band):
    assert list(by_length([scored_ad("2512", "2512", characters=characters)])) == [band]


def test_bands_and_paths_keep_their_order_and_leave_out_what_does_not_occur():
    ads = [
        scored_ad("2512", "2512", characters=9000, path=PredictionPath.VOTE),
        scored_ad("2512", "2512", characters=0, path=PredictionPath.UNANIMOUS),
        scored_ad("2512", None, characters=9, path=PredictionPath.NOT_A_JOB),
    ]
    assert list(by_length(ads)) == [LENGTH_BANDS[0], LENGTH_BANDS[1], LENGTH_BANDS[4]]
    assert list(by_path(ads)) == ["unanimous", "vote", "not_a_job"]
