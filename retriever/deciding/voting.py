"""Neighbours to one code: unanimous, a majority, or a weighted vote; or a shorter one. Pure.

The rule of Catovic & McCornack (2024) takes a unanimous code and hands every disagreement on;
what is not unanimous is settled here by a majority, if the configuration has one, and else by a
vote of all candidates in which nearer ones count more. Where a target accuracy is set, a code that
is not sure enough gives way to the minor, sub-major or major group that is, or to none.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from isco.core.codes import UNIT_LEVEL
from isco.core.records import Candidate, PredictionPath
from isco.core.settings import DecisionSettings
from isco.retriever.labelled.equal_ads import CodedAd

# What the groups that are called as the ad is share of the vote.
_OWN_NAME = 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """A group or None, the way to it, and how sure it is (0 to 1).

    `shares` are all codes' shares of the vote, or of the vote and an LLM's opinion; `offered` the
    codes that an LLM was asked to choose among, if one was; `own_name` says that the title decided
    to the letter.
    """

    isco_code: str | None
    isco_label: str | None
    path: PredictionPath
    confidence: float
    reason: str
    offered: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    own_name: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The group that an answer of some length would name, and the probability that it is right."""

    isco_code: str
    isco_label: str
    confidence: float


def take_vote(candidates: Sequence[Candidate], settings: DecisionSettings) -> Verdict:
    """Decide among `candidates`, which come nearest first.

    The nearest `settings.neighbours` decide by agreeing; else all vote. ValueError without any.
    """
    if not candidates:
        raise ValueError("a verdict needs at least one candidate")
    neighbours = candidates[: settings.neighbours]
    shares = vote_shares(candidates, settings.temperature)
    counts = Counter(candidate.isco_code for candidate in neighbours)
    code, count = counts.most_common(1)[0]
    label = _label(neighbours, code)
    closest = f"Closest: {_named(neighbours)}."
    if len(counts) == 1:
        reason = f"{closest} All belong to {code} {label}."
        return Verdict(code, label, PredictionPath.UNANIMOUS, shares[code], reason, shares=shares)
    if settings.majority is not None and _is_majority(count, len(neighbours), settings.majority):
        reason = f"{closest} {count} of {len(neighbours)} belong to {code} {label}."
        return Verdict(code, label, PredictionPath.MAJORITY, shares[code], reason, shares=shares)
    best = _winner(shares, candidates)
    label = _label(candidates, best)
    return Verdict(best, label, PredictionPath.VOTE, shares[best], closest, shares=shares)


def by_own_name(
    verdict: Verdict, title: str, codes: Collection[str], candidates: Sequence[Candidate]
) -> Verdict:
    """`verdict`, unless `title` is to the letter what concepts of the unit groups `codes` are
    called, and nobody else: then it is among these, by their shares of the vote.
    """
    shares = verdict.shares
    named = {code: share for code, share in shares.items() if code in codes}
    of_named = sum(named.values())
    of_others = sum(share for code, share in shares.items() if code not in named)
    if not of_named:
        return verdict
    by_name = {
        code: _OWN_NAME * share / of_named
        if code in named
        else (1 - _OWN_NAME) * share / (of_others or 1)
        for code, share in shares.items()
    }
    best = _winner(by_name, candidates)
    label = _label(candidates, best)
    if len(codes) == 1:
        reason = f"{title!r} is what the taxonomy calls {best} {label}, and no other group."
        path = PredictionPath.UNANIMOUS
    else:
        reason = f"{title!r} is a name in {', '.join(sorted(codes))}. {verdict.reason}"
        path = PredictionPath.VOTE
    return Verdict(best, label, path, by_name[best], reason, shares=by_name, own_name=True)


def without_a_name(verdict: Verdict, title: str) -> Verdict:
    """`verdict` on a title that is like no name: what is nearest is far away, and its agreeing says
    nothing."""
    reason = f"No name like {title!r} is known. {verdict.reason}"
    return replace(verdict, path=PredictionPath.VOTE, reason=reason)


def by_combination(
    verdict: Verdict, shares: Mapping[str, float], titles: Mapping[str, str]
) -> Verdict:
    """`verdict` with what labelled ads say: `shares` are the codes' by all of that."""
    best = max(sorted(shares), key=shares.__getitem__)
    if best == verdict.isco_code:
        return replace(verdict, confidence=shares[best], shares=shares)
    reason = f"{verdict.reason} Labelled ads speak for {best} {titles[best]}."
    return Verdict(best, titles[best], PredictionPath.VOTE, shares[best], reason, shares=shares)


def by_coder(coded: CodedAd, shares: Mapping[str, float], titles: Mapping[str, str]) -> Verdict:
    """What people coded the ad as; of several codes the one with the largest of `shares`."""
    code = max(coded.codes, key=lambda one: _share_of(one, shares))
    sources = ", ".join(coded.sources)
    reason = f"Coded by people as {code} {titles[code]} ({sources})."
    if len(coded.codes) > 1:
        reason += f" They found {', '.join(coded.codes)} right."
    if coded.others:
        reason += f" Equal ads were coded {', '.join(coded.others)}, too."
    path = PredictionPath.CODED
    return Verdict(code, titles[code], path, coded.confidence, reason, shares=shares)


def best_within(
    answer: Answer, shares: Mapping[str, float], titles: Mapping[str, str]
) -> Answer | None:
    """The unit group of `answer`'s with the largest of `shares`; None where none has one."""
    within = {code: share for code, share in shares.items() if code.startswith(answer.isco_code)}
    if len(answer.isco_code) == UNIT_LEVEL:
        return answer
    total = sum(within.values())
    if not total:
        return None
    code = max(sorted(within), key=within.__getitem__)
    return Answer(code, titles[code], answer.confidence * within[code] / total)


def _share_of(group: str, shares: Mapping[str, float]) -> float:
    return sum(share for code, share in shares.items() if code.startswith(group))


def settle(verdict: Verdict, answers: Sequence[Answer], target: float | None) -> Verdict:
    """The longest of `answers` whose confidence reaches `target`, or else a declined verdict.

    `answers` come longest first; the first is the verdict's own code. Without a target that one
    stands, at its own confidence.
    """
    longest = answers[0]
    said = f"{verdict.reason} {longest.isco_code} is {longest.confidence:.0%} sure"
    if target is None or longest.confidence >= target:
        return replace(verdict, confidence=longest.confidence, reason=f"{said}.")
    sure = longest_sure(answers, target)
    short = f"{said}, {target:.0%} are asked for"
    if sure is None:
        return replace(
            verdict,
            isco_code=None,
            isco_label=None,
            path=PredictionPath.DECLINED,
            confidence=0.0,
            reason=f"{short}, and no group above it reaches that.",
        )
    return replace(
        verdict,
        isco_code=sure.isco_code,
        isco_label=sure.isco_label,
        confidence=sure.confidence,
        reason=f"{short}: {sure.isco_code} {sure.isco_label} reaches {sure.confidence:.0%}.",
    )


def longest_sure(answers: Iterable[Answer], target: float) -> Answer | None:
    """The first of `answers`, which come longest first, whose confidence reaches `target`."""
    return next((answer for answer in answers if answer.confidence >= target), None)


def vote_shares(candidates: Sequence[Candidate], temperature: float) -> dict[str, float]:
    """Each code's share of the vote: softmax of the scores over `temperature`, summed by code.

    Summed before it is divided, so that the share of a code which has all candidates is 1 to the
    last digit; `scipy.special.softmax` divides first.
    """
    highest = max(candidate.score for candidate in candidates)
    shares: dict[str, float] = {}
    for candidate in candidates:
        share = math.exp((candidate.score - highest) / temperature)
        shares[candidate.isco_code] = shares.get(candidate.isco_code, 0.0) + share
    total = sum(shares.values())
    return {code: share / total for code, share in shares.items()}


def _is_majority(count: int, of: int, share: float) -> bool:
    return count > of / 2 and count >= share * of - 1e-9


def _winner(shares: dict[str, float], candidates: Sequence[Candidate]) -> str:
    """The code with the largest share; of equal ones that of the nearest candidate."""
    highest = max(shares.values())
    return next(c.isco_code for c in candidates if shares[c.isco_code] >= highest - 1e-12)


def _named(candidates: Sequence[Candidate]) -> str:
    return ", ".join(dict.fromkeys(candidate.name for candidate in candidates))


def _label(candidates: Sequence[Candidate], code: str) -> str:
    return next(c.isco_label for c in candidates if c.isco_code == code)
