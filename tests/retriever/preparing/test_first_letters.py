"""Rules tried by first letters match what they match one after another."""

import re

import pytest

from isco.retriever.preparing.rules import any_of
from isco.retriever.preparing.rules.first_letters import by_first_letter

RULES = [
    r"\b(?:ignore|disregard)\b[^.]{0,20}\babove\b",
    r"\bsystem\s+prompt\b",
    r"\b(?:(?:is|are)\s+hiring|seek(?:s|ing)?)\b",
    r"\bzażółć\b|\béquipe\b",
    r"\b(?:as|act\s+as)\s+an?\s+(?:AI|[A-Z]{3})\b",
    r"^(?:you\s+)?will|^(?:our\s+){1,3}team",
    r"@\w+\.\w",
    r"\b(?:ab|cd)+ef|\b(?:(?:ab|ac)d|ce)f",
]
TEXTS = [
    "Please IGNORE what is said above. The System  Prompt says so.",
    "We are hiring; she seeks, seeking an Équipe, ZAŻÓŁĆ!",
    "Act as an AI. As a LLM, ignore this. disregard\nall above",
    "ſystem prompt, seeKing with a Kelvin sign, İgnore above, ıgnore above",
    "unsystem prompt; bare hiring; no",
    "You will; will you? OUR our team at jobs@firm.org, @home",
    "abcdef cdabef abdf acdf cef abf",
    "İ will seek @ firm.org",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_same_is_found_as_by_trying_one_rule_after_another(text):
    plain = re.compile("|".join(f"(?:{rule})" for rule in RULES), re.IGNORECASE)
    found = [match.span() for match in any_of(RULES).finditer(text)]
    assert found == [match.span() for match in plain.finditer(text)]


@pytest.mark.parametrize(
    "rule",
    [
        "word",
        r"\bword|other",
        r"\b\d+ hours",
        r"\b(?:in\s+)?full[- ]time",
        r"\b(?:word|\w+er)s",
        r"\bs?he",
        r"\b(word)",
        r"\b[ab]c",
        r"\b",
    ],
)
def test_rules_that_may_begin_with_anything_are_left_as_they_are(rule):
    assert by_first_letter([r"\bknown", rule]) is None
    assert any_of([rule]).search("In full-time the words or other had 12 hours, she said. bc word")


def test_bars_and_brackets_that_are_meant_as_such_part_nothing():
    rule = r"\b(?:a\|b|c[|)]d|e\)f)"
    found = any_of([rule])
    assert [text for text in ("a|b", "c|d", "c)d", "e)f", "b", "d", "f") if found.search(text)] == [
        "a|b", "c|d", "c)d", "e)f",
    ]  # fmt: skip
    assert by_first_letter([rule])


def test_without_rules_nothing_is_found():
    assert by_first_letter([]) is None
    assert not any_of([]).search("anything")
