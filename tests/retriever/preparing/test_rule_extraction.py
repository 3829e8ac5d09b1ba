"""What is left of an ad: its title and its text."""

import pytest

from isco.core.config import load_settings
from isco.core.records import Ad, Profile
from isco.retriever.preparing.rule_extraction import RuleExtractor


@pytest.fixture(scope="module")
def extractor():
    return RuleExtractor(load_settings(environment={}).extraction)


def _ad(title, description):
    return Ad(id="1", title=title, description=description, row=1, line=1)


def test_a_profile_is_the_clean_title_and_the_sentences(extractor):
    profile = extractor.profile(_ad("Baker (m/f/d) - Leeds", "<p>You will bake our bread.</p>"))
    assert profile == Profile(title="Baker", description="You will bake our bread.")


def test_the_text_is_all_that_an_ad_says_of_its_job_and_the_profile_what_there_is_room_for(
    make_settings,
):
    extractor = RuleExtractor(make_settings(extraction__max_characters=50).extraction)
    text = "You will bake bread.\nYou will sell cakes.\nBonus for all of you.\nYou will wash up."
    found = extractor.extract("Baker (m/f/d)", text)
    assert found.profile == Profile("Baker", "You will bake bread. You will sell cakes.")
    assert found.text == "You will bake bread. You will sell cakes. You will wash up."
    assert extractor.title("Baker (m/f/d)") == "Baker"
    assert extractor.sentences(text) == found.profile.description
    assert extractor.sentences(text, 20) == "You will bake bread."


def test_without_a_title_a_text_without_job_like_sentences_is_kept_as_it_begins(make_settings):
    extractor = RuleExtractor(make_settings(extraction__max_characters=50).extraction)
    assert extractor.profile(_ad("", "Night\n cook")).description == "Night cook"
    assert len(extractor.profile(_ad("", "Salary: " + "x" * 99)).description) == 50
    assert extractor.profile(_ad("Cook", "Night\n cook")).description == ""


@pytest.mark.parametrize("title", ["", "Specialist", "Join our team!"])
@pytest.mark.parametrize(
    ("text", "job"),
    [
        ("Welder m/f\nApply now at jobs@example.org", "Welder"),
        ("Bricklayer. Send your CV today.", "Bricklayer"),
        ("Join us!\nBaker\nSalary: 30,000", "Baker"),
        ("N/A\nBaker", "Baker"),
    ],
)
def test_what_a_text_without_job_like_sentences_begins_with_stands_in_for_the_title(
    extractor, title, text, job
):
    assert extractor.profile(_ad(title, text)).title == job


def test_a_title_stays_where_the_text_says_no_more_or_more_than_its_beginning(extractor):
    assert extractor.profile(_ad("Specialist", "Apply now!")).title == "Specialist"
    assert extractor.profile(_ad("Cook", "Welder\nApply now!")).title == "Cook"
    said = "Welder\nYou will weld frames of steel."
    assert extractor.profile(_ad("Specialist", said)).title == "Specialist"
