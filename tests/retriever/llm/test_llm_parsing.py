"""A model's text to an object, however it is wrapped."""

import pytest
from pydantic import BaseModel, Field

from isco.retriever.llm.parsing import UnusableAnswerError, parse_answer


class Job(BaseModel):
    title: str
    skills: list[str] = Field(default=[], max_length=2)


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "cook"}',
        'Sure! Here it is:\n```json\n{"title": "cook", "skills": []}\n```\nAnything else?',
        'The braces {of set notation} first, then {"title": "cook"}',
        '{"note": 1} {"title": "cook"}',
        '<think>{"title": 5}</think>{"title": "cook"}',
        '{"title": "cook"} {"title": "baker"}',
    ],
    ids=[
        "bare",
        "fenced",
        "after other braces",
        "second object",
        "after a wrong one",
        "first wins",
    ],
)
def test_the_first_object_that_fits_is_taken(text):
    assert parse_answer(text, Job).title == "cook"


def test_a_line_break_inside_a_string_is_forgiven():
    assert parse_answer('{"title": "cook\nand baker"}', Job).title == "cook\nand baker"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no JSON object"),
        ("I can't help with that.", "no JSON object"),
        ('{"title": "cook", "skills": ["baking", "fry', "not valid JSON"),
        ('{"skills": []}', "title: Field required"),
        ('{"title": 7}', "title: Input should be a valid string"),
        ('{"title": "cook", "skills": ["a", "b", "c"]}', "skills: List should have at most 2"),
        ("[1, 2]", "no JSON object"),
        ('{"a":' * 3000, "JSON"),
    ],
    ids=["nothing", "refusal", "half", "missing", "wrong type", "too many", "array", "too deep"],
)
def test_what_is_no_such_object_is_refused_with_the_reason(text, problem):
    with pytest.raises(UnusableAnswerError, match=problem):
        parse_answer(text, Job)
