"""Profiles by a language model: held against the ad, field by field."""

import json

import pytest

from isco.core.records import Ad
from isco.retriever.llm.base import Failure, FailureKind
from isco.retriever.llm.model import LanguageModel
from isco.retriever.llm.prompts import load_prompt
from isco.retriever.preparing.llm_extraction import LlmExtractor
from isco.retriever.preparing.rule_extraction import RuleExtractor
from tests.support.scripted_llm import ScriptedBackend, question_of

AD = Ad(
    id="1",
    title="URGENT: Cooks (m/f/d) for our canteen, Leeds",
    description=(
        "Bluewater Ltd is a great employer. You will prepare warm meals for 200 guests and order "
        "food from suppliers. You know HACCP and like teamwork. We offer free lunch."
    ),
    row=1,
    line=1,
)
GOOD = {
    "is_job": True,
    "title": "canteen cook",
    "description": "Prepares warm meals for guests and orders food.",
    "skills": ["HACCP", "ordering food", "teamwork"],
    "seniority": "professional",
    "industry": "catering",
}


@pytest.fixture
def settings(make_settings):
    return make_settings(extraction__by="llm").extraction


@pytest.fixture
def extract(settings):
    def run(answer, ad=AD):
        text = answer if isinstance(answer, str | Failure) else json.dumps(answer)
        backend = ScriptedBackend(write=lambda prompt: text)
        model = LanguageModel(backend, 0)
        (found,) = LlmExtractor(model, RuleExtractor(settings), settings).extract([ad])
        return found

    return run


@pytest.fixture
def by_rules(settings):
    return RuleExtractor(settings).profile(AD)


def test_a_good_answer_is_the_profile(extract):
    found = extract(GOOD)
    profile = found.profile
    assert found.is_job is True
    assert (profile.title, profile.description) == (GOOD["title"], GOOD["description"])
    assert profile.skills == ("HACCP", "ordering food", "teamwork")
    assert (profile.seniority, profile.industry) == ("professional", "catering")
    assert profile.extracted_by == "LLM"


@pytest.mark.parametrize(
    "title",
    [None, 7, "", "null", "pastry chef", "aerospace engineer", "x" * 90, ["cook"],
     "a very long title for a cook in canteens"],
    ids=str,
)  # fmt: skip
def test_a_title_that_is_missing_absurd_or_not_grounded_is_taken_from_the_rules(
    extract, by_rules, title
):
    profile = extract({**GOOD, "title": title}).profile
    assert profile.title == by_rules.title
    assert profile.description == GOOD["description"]
    assert profile.extracted_by == "LLM, title by rules"


@pytest.mark.parametrize(
    "description",
    [None, "", "Cooks.", "Flies passenger aircraft between continents at night.", "prepare " * 90],
    ids=["missing", "empty", "too short", "of another job", "in a circle"],
)
def test_a_description_that_is_no_sentence_about_the_ad_is_taken_from_the_rules(
    extract, by_rules, description
):
    profile = extract({**GOOD, "description": description}).profile
    assert profile.description == by_rules.description
    assert profile.extracted_by == "LLM, description by rules"


def test_a_copy_of_the_prompts_example_is_not_believed(extract, by_rules, settings):
    shared = load_prompt("extraction", settings.prompt).shared
    copied = next(m.content for m in shared if m.role == "assistant")
    profile = extract(copied).profile
    assert (profile.title, profile.description) == (by_rules.title, by_rules.description)
    assert profile.extracted_by == "LLM, title and description by rules"
    assert "menu planning" not in profile.skills
    assert "baking" not in profile.skills


def test_skills_are_those_of_the_ad_each_once_and_twenty_at_most(extract):
    many = [f"food {n}" for n in range(30)]
    assert len(extract({**GOOD, "skills": many}).profile.skills) == 20
    mixed = ["HACCP", "haccp", "quantum physics", 5, "", "order " * 20]
    assert extract({**GOOD, "skills": mixed}).profile.skills in {("HACCP",), ("haccp",)}
    assert extract({**GOOD, "skills": "HACCP"}).profile.skills == ()


@pytest.mark.parametrize("level", ["Manager", " team lead ", "executive", "intern"])
def test_seniority_is_one_of_the_known_levels(extract, level):
    assert extract({**GOOD, "seniority": level}).profile.seniority == level.strip().lower()


@pytest.mark.parametrize("level", ["boss", None, 3, "senior or manager"])
def test_any_other_seniority_counts_as_not_said(extract, level):
    found = extract({**GOOD, "seniority": level})
    assert found.profile.seniority is None
    assert found.profile.extracted_by == "LLM"


def test_a_page_that_is_no_job_is_said_to_be_none(extract):
    page = {"is_job": False, "title": None, "description": None, "skills": []}
    assert extract(page).is_job is False
    assert extract({**GOOD, "is_job": "no"}).is_job is False
    assert extract({**GOOD, "is_job": "perhaps"}).is_job is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("I am sorry, I can't do that.", "malformed"),
        ('{"is_job": true, "title": "co', "malformed"),
        ('{"occupation": "cook"}', "malformed"),
        (Failure(FailureKind.UNAVAILABLE, "nobody there"), "nobody there"),
    ],
    ids=["refusal", "half", "other fields", "no answer"],
)
def test_without_a_usable_answer_the_rules_do_it_all_and_the_profile_says_why(
    extract, by_rules, answer, said
):
    found = extract(answer)
    assert found.is_job is None
    assert found.profile.title == by_rules.title
    assert found.profile.description == by_rules.description
    assert found.profile.extracted_by.startswith("rules (LLM ")
    assert said in found.profile.extracted_by


def test_titles_without_spaces_between_words_are_grounded_as_they_stand(extract):
    ad = Ad(id="1", title="急聘中餐厨师", description="负责烹饪。", row=1, line=1)
    assert extract({**GOOD, "title": "中餐厨师"}, ad).profile.title == "中餐厨师"
    assert extract({**GOOD, "title": "软件工程师"}, ad).profile.title == "急聘中餐厨师"


def test_accents_and_endings_do_not_unground_a_title(extract):
    ad = Ad(id="1", title="KUCHARKA/KUCHARZ – od zaraz", description="", row=1, line=1)
    assert extract({**GOOD, "title": "kucharz"}, ad).profile.title == "kucharz"


def test_a_long_ad_is_shown_by_its_most_job_like_sentences(settings):
    duty = "You will prepare warm meals for 200 guests."
    about = "Bluewater Ltd was founded long ago and is proud of its history. " * 100
    ad = Ad(id="1", title="Cook", description=f"{about}\nYour tasks:\n{duty}", row=1, line=1)
    backend = ScriptedBackend(write=lambda prompt: json.dumps(GOOD))
    LlmExtractor(LanguageModel(backend, 0), RuleExtractor(settings), settings).extract([ad])
    shown = question_of(backend.asked[0])
    assert duty in shown
    assert len(shown) < settings.text_characters + 200
