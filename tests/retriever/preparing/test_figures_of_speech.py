"""Titles in figures of speech are the job to the letter; what only looks like one stays."""

import pytest

from isco.retriever.preparing.figures_of_speech import without_figures
from isco.retriever.preparing.rules import load_rules


@pytest.mark.parametrize(
    ("title", "job"),
    [
        ("Growth hacker", "online marketing specialist"),
        ("GROWTH HACKER", "online marketing specialist"),
        ("Senior Growth-Hacker", "Senior online marketing specialist"),
        ("Code Monkey", "software developer"),
        ("Cloud Evangelist", "marketing consultant for technology"),
        ("Bean counter", "accountant"),
        ("Spin Doctor", "public relations specialist"),
        ("Chief Happiness Officer", "human resources manager"),
        ("Head of People", "human resources manager"),
        ("JavaScript Ninja", "JavaScript specialist"),
        ("C++ Guru", "C++ specialist"),
        ("Marketing-Ninja", "Marketing-specialist"),
        ("Customer Support Hero, Berlin", "Customer Support specialist, Berlin"),
        ("Sales Superstar (part-time)", "Sales specialist (part-time)"),
        ("Rockstar Developer", "Developer"),
        ("Rock Star Chef", "Chef"),
        ("Private", "private soldier"),
    ],
)
def test_a_figure_of_speech_becomes_the_job(title, job):
    assert without_figures(title) == job


@pytest.mark.parametrize(
    "title",
    [
        "Private Chef", "Ninja", "Senior Wizard", "Evangelist", "Christian Evangelist",
        "Guru Tadika", "Pembantu Guru", "Ethical Hacker", "Hero of the day", "Magician",
        "Head of People Operations", "Make-up and hair artist", "Story Teller", "Tree Surgeon",
        "Talent Scout for a football club", "Counter staff", "Director of Nursing",
    ],
)  # fmt: skip
def test_what_only_looks_like_one_stays(title):
    assert without_figures(title) == title


def test_what_a_figure_becomes_is_none_itself():
    rules = load_rules("figures_of_speech")
    for job in (*rules["expressions"], *rules["ranks"]):
        assert without_figures(job) == job
