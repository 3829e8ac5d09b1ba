"""Whether what an LLM says of an ad leads to another job than the ad's own words do.

A model may obey an ad rather than read it. What it says of the job is taken where it leads to one
of the first codes that the rules' reading has too, or where the ad says it more than once.
"""

import re
from collections.abc import Sequence

from isco.core.records import Profile
from isco.retriever.preparing.llm_extraction import stems
from isco.retriever.searching.query import Query
from isco.retriever.searching.searchers import Searchers

_FIRST_CODES = 3
_TIMES = 2
_SENTENCE = re.compile(r"[.!?]\s|\n")


def is_in_doubt(by_llm: Profile, by_rules: Profile, text: str) -> bool:
    """Whether a title has words that the rules' title lacks and a plain text has but once."""
    unsaid = stems(by_llm.title) - stems(by_rules.title)
    if not unsaid:
        return False
    sentences = [stems(sentence) for sentence in _SENTENCE.split(text) if sentence]
    return any(sum(stem in said for said in sentences) < _TIMES for stem in unsaid)


def led_elsewhere(
    searchers: Searchers, by_llm: Sequence[Query], by_rules: Sequence[Query]
) -> list[bool]:
    """Of each pair whether the first code of one is none of the other's first three."""
    matches = searchers.match([*by_llm, *by_rules])
    return [
        found.code_ranking(1)[0] not in expected.code_ranking(_FIRST_CODES)
        for found, expected in zip(matches[: len(by_llm)], matches[len(by_llm) :], strict=True)
    ]
