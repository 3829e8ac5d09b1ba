"""A probability for each candidate: its part of the probability that its code is right. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from isco.core.odds import softmax
from isco.core.records import Candidate

# Where the answer is wrong, how often the right code is among the other candidates', and how much
# blunter than the shares of the vote, and those that labelled ads had a say in, the other codes'
# probabilities are (docs/decisions/0012).
AMONG_OTHERS = 0.7
_BY_VOTE, _BY_LABELLED_ADS = 0.45, 1.0


def with_probabilities(
    candidates: Sequence[Candidate],
    code: str,
    sure: float,
    shares: Mapping[str, float],
    temperature: float,
    labelled: bool = False,
) -> tuple[Candidate, ...]:
    """`candidates` with their probabilities, to four decimals.

    Those of `code`, the answer, share `sure`; the others', by their codes' `shares`, a part of what
    is left; `labelled` says whether labelled ads had a say in these. Candidates of the same code
    share its probability as they share its vote.
    """
    of_code = code_probabilities(candidates, code, sure, shares, labelled)
    parts = _parts(candidates, temperature)
    return tuple(
        replace(candidate, probability=round(of_code.get(candidate.isco_code, 0.0) * part, 4))
        for candidate, part in zip(candidates, parts, strict=True)
    )


def code_probabilities(
    candidates: Sequence[Candidate],
    code: str,
    sure: float,
    shares: Mapping[str, float],
    labelled: bool = False,
) -> dict[str, float]:
    """Of `code` and of the codes of `candidates`, as `with_probabilities` has them."""
    others = dict.fromkeys(c.isco_code for c in candidates if c.isco_code != code)
    sharpness = _BY_LABELLED_ADS if labelled else _BY_VOTE
    weights = {other: shares.get(other, 0.0) ** sharpness for other in others}
    total = sum(weights.values())
    left = (1 - sure) * AMONG_OTHERS
    of_code = {other: left * weight / total for other, weight in weights.items() if total}
    of_code[code] = sure
    return of_code


def _parts(candidates: Sequence[Candidate], temperature: float) -> list[float]:
    """Each candidate's part of the vote for its code."""
    votes = softmax([candidate.score / temperature for candidate in candidates]).tolist()
    of_code: dict[str, float] = {}
    for candidate, vote in zip(candidates, votes, strict=True):
        of_code[candidate.isco_code] = of_code.get(candidate.isco_code, 0.0) + vote
    return [
        vote / total if (total := of_code[candidate.isco_code]) else 0.0
        for candidate, vote in zip(candidates, votes, strict=True)
    ]
