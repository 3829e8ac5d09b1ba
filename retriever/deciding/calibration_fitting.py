"""Fit the calibration on ads whose code is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from isco.core.calibration import (
    FEATURES,
    LEVELS,
    SAID,
    SHARE,
    TITLE_FEATURES,
    Calibration,
    LogisticModel,
    factors,
    product,
)
from isco.core.codes import truncate
from isco.retriever.deciding.evidence import Evidence

Doubles = NDArray[np.float64]

# Inverse strength of the penalty on weights of standardised features, for the weight of one set.
_PENALTY = 0.3
_WEIGHT_OF_A_SET = 1000.0
# How many ads, about, what is known without any counts as.
_PULL = 10.0


@dataclass(frozen=True, slots=True)
class ScoredEvidence:
    """What a decision rested on, the code that people gave the ad, and how much it counts."""

    evidence: Evidence
    gold: str
    weight: float = 1.0

    def right(self, level: int) -> bool:
        """Whether the group of that level is the one that people gave."""
        return self.evidence.codes[level] == truncate(self.gold, level)


def equal_sets(sets: Sequence[Sequence[tuple[Evidence, str]]]) -> list[ScoredEvidence]:
    """All pairs of evidence and gold code, each set counting as much as each other."""
    return [
        ScoredEvidence(evidence, gold, _WEIGHT_OF_A_SET / len(pairs))
        for pairs in sets
        for evidence, gold in pairs
    ]


def fit_calibration(scored: Sequence[ScoredEvidence], origin: str, embedding: str) -> Calibration:
    """Fit all models on `scored`, whose evidence must have all features.

    Raises ValueError when there is nothing to tell right from wrong by.
    """
    return Calibration(
        origin=origin,
        embedding=embedding,
        full={level: _fit(scored, level, FEATURES) for level in LEVELS},
        by_share={level: _fit(scored, level, FEATURES[:1]) for level in LEVELS},
    )


def fit_titles(scored: Sequence[ScoredEvidence]) -> dict[int, LogisticModel]:
    """Models of titles alone, by level, of all features and of all their products.

    `scored` must have these features; titles that are like no name are left out. Raises ValueError
    as `fit_calibration`.
    """
    scored = [one for one in scored if not one.evidence.unknown]
    products = [product(*pair) for pair in combinations_with_replacement(TITLE_FEATURES, 2)]
    terms = (*TITLE_FEATURES, *products)
    return {level: _fit(scored, level, terms) for level in LEVELS}


def refit_learned(
    scored: Sequence[ScoredEvidence], prior: Mapping[int, LogisticModel]
) -> dict[int, LogisticModel]:
    """Models of the share that labelled ads had a say in, fitted on such ads, by level.

    Drawn towards `prior`, so that few ads change little and none change nothing.
    """
    return {level: _drawn_to(prior[level], scored, level) for level in LEVELS}


def fit_moving(
    scored: Sequence[ScoredEvidence], known: Calibration, beside: Sequence[str] = ()
) -> dict[int, LogisticModel]:
    """What moves what the models `full` of `known` say of such ads, by level (Platt 1999), with the
    features `beside` that."""
    found = {}
    for level in LEVELS:
        features = [one.evidence.features(level) for one in scored]
        said = [known.full[level].probability(row) for row in features]
        columns = [np.ones(len(said)), logit(said)]
        columns += [np.array([row[name] for row in features]) for name in beside]
        moved = _logistic(
            np.stack(columns, axis=1),
            np.array([one.right(level) for one in scored], dtype=np.float64),
            np.array([one.weight for one in scored]),
            np.array([0.0, 1.0, *(0.0 for _ in beside)]),
        )
        bias, *weights = map(float, moved)
        found[level] = LogisticModel(bias, dict(zip((SAID, *beside), weights, strict=True)))
    return found


def _drawn_to(prior: LogisticModel, scored: Sequence[ScoredEvidence], level: int) -> LogisticModel:
    """Maximum a posteriori: bias, for the mean share, and slope are normal around the prior's."""
    if not scored:
        return prior
    share = np.array([item.evidence.features(level)[SHARE] for item in scored])
    right = np.array([item.right(level) for item in scored], dtype=np.float64)
    counting = np.array([item.weight for item in scored])
    mean, spread = share.mean(), share.std() or 1.0
    features = np.stack([np.ones(len(share)), (share - mean) / spread], axis=1)
    slope = prior.weights[SHARE]
    expected = np.array([prior.bias + slope * mean, slope * spread])
    bias, slope = _logistic(features, right, counting, expected)
    return LogisticModel(float(bias - slope / spread * mean), {SHARE: float(slope / spread)})


def _logistic(features: Doubles, right: Doubles, counting: Doubles, expected: Doubles) -> Doubles:
    """Weights of `features`, shape (n, k), drawn towards the `expected` ones."""

    def lost(weights: Doubles) -> tuple[float, Doubles]:
        logits, away = features @ weights, weights - expected
        value = counting @ (np.logaddexp(0, logits) - right * logits) + _PULL * away @ away
        return float(value), features.T @ (counting * (expit(logits) - right)) + 2 * _PULL * away

    return np.asarray(minimize(lost, expected, jac=True, method="L-BFGS-B").x)


def _fit(scored: Sequence[ScoredEvidence], level: int, terms: Sequence[str]) -> LogisticModel:
    """Weights of the raw terms: those of the standardised ones, unfolded."""
    rows = [item.evidence.features(level) for item in scored]
    features = np.array([[prod(row[n] for n in factors(term)) for term in terms] for row in rows])
    right = np.array([item.right(level) for item in scored])
    if right.all() or not right.any():
        raise ValueError(f"all answers at level {level} are {'right' if right.all() else 'wrong'}")
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread == 0] = 1
    # Here, because commands that fit nothing would wait a second for it.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_PENALTY, max_iter=5000)
    model.fit(
        (features - mean) / spread, right, sample_weight=np.array([item.weight for item in scored])
    )
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weights @ mean)
    return LogisticModel(bias, dict(zip(terms, map(float, weights), strict=True)))
