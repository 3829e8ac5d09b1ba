"""What was decided on an ad, and what lies behind it. Pure."""

from dataclasses import dataclass

from isco.core.records import Candidate, Occupation
from isco.retriever.deciding.evidence import Evidence
from isco.retriever.deciding.voting import Answer, Verdict


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with what lies behind it.

    `vote` is the code without an LLM, `vote_confidence` how sure that is; `code_ranking` the
    ranking of distinct codes; `evidence` is None where an LLM declined and where people had coded
    the ad; `answers` are what could be said in 4 to 1 digits; `best` is the most probable unit
    group, whatever was said, `occupations` the most probable occupations. `language` is the one
    that the ad was searched in.
    """

    verdict: Verdict
    candidates: tuple[Candidate, ...]
    code_ranking: tuple[str, ...]
    vote: str | None
    evidence: Evidence | None
    answers: tuple[Answer, ...] = ()
    language: str | None = None
    vote_confidence: float | None = None
    best: Answer | None = None
    occupations: tuple[Occupation, ...] = ()
