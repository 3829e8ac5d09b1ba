"""From what a decision rests on to the probability that it is right, at each level. Pure.

Logistic models (Platt 1999) of a few numbers that say how clear a case is, fitted on labelled ads;
one model a level, since a shorter code is right more often. A calibration belongs to the
embedding model whose scores it has seen; for others it has models that go by the share of the
vote alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.special import expit, logit

from isco.core.codes import UNIT_LEVEL
from isco.core.records import Candidate

LEVELS = (4, 3, 2, 1)
FEATURES = ("share", "name", "spelling", "nearness", "lead")
_LEAST = 0.005


@dataclass(frozen=True, slots=True)
class Evidence:
    """How clear a decision is.

    `codes` and `shares` hold, by level, the group with the largest share of the vote and that
    share; at level 4 those of the code decided on. `name` and `spelling` are the signals "labels"
    and "lexical" of the code's nearest leaf, None where the search does not compute them.
    `nearness` is the best candidate's score, `lead` how far it is ahead of the next code's.
    """

    codes: Mapping[int, str]
    shares: Mapping[int, float]
    name: float | None
    spelling: float | None
    nearness: float
    lead: float

    @staticmethod
    def of(
        code: str,
        shares: Mapping[str, float],
        candidates: Sequence[Candidate],
        name: float | None,
        spelling: float | None,
    ) -> "Evidence":
        """The evidence for `code` in the `shares` of all codes and the `candidates` behind them."""
        codes, summed = {UNIT_LEVEL: code}, {UNIT_LEVEL: shares[code]}
        for level in LEVELS[1:]:
            groups: dict[str, float] = {}
            for unit, share in shares.items():
                groups[unit[:level]] = groups.get(unit[:level], 0.0) + share
            codes[level] = max(sorted(groups), key=groups.__getitem__)
            summed[level] = groups[codes[level]]
        best = candidates[0]
        others = [c.score for c in candidates if c.isco_code != best.isco_code]
        behind = others[0] if others else candidates[-1].score
        return Evidence(codes, summed, name, spelling, best.score, best.score - behind)

    def features(self, level: int) -> dict[str, float]:
        """The numbers that the models of `level` see, by name; those that are known."""
        known = {
            "share": _logit(self.shares[level]),
            "name": self.name,
            "spelling": self.spelling,
            "nearness": self.nearness,
            "lead": self.lead,
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """The logit is `bias` and the weighted sum of features."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, features: Mapping[str, float]) -> float:
        """Between 0 and 1. KeyError for a feature that is not there."""
        return float(expit(self.bias + sum(w * features[n] for n, w in self.weights.items())))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Models by level, and what they were fitted on, for people.

    `full` sees all features of searches with the embedding model `embedding`; `by_share` the share
    alone, for every other search.
    """

    origin: str
    embedding: str
    full: Mapping[int, LogisticModel]
    by_share: Mapping[int, LogisticModel]

    def probabilities(self, evidence: Evidence, embedding: str) -> dict[int, float]:
        """By level, the probability that the group of that level is right.

        A group that the next deeper one belongs to is at least as likely as that.
        """
        same_model = embedding == self.embedding and None not in (evidence.name, evidence.spelling)
        models = self.full if same_model else self.by_share
        found: dict[int, float] = {}
        for level in LEVELS:
            found[level] = models[level].probability(evidence.features(level))
            deeper = level + 1
            if deeper in found and evidence.codes[deeper].startswith(evidence.codes[level]):
                found[level] = max(found[level], found[deeper])
        return found


def _logit(share: float) -> float:
    return float(logit(min(max(share, _LEAST), 1 - _LEAST)))
