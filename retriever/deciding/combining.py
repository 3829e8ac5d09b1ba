"""The vote, the search and what labelled ads say, as one probability for each code. Pure.

Softmax over the codes of a weighted sum of four numbers, as `Combination` names them. The weights
are those under which labelled ads, each seen as if it had not been learned, are most likely, drawn
towards what is known to be good, so that few ads change little.

Labelled ads may be others than those to come: sorted by code, they cover a few codes densely, and
speak for these whatever the ad. Then they hold fewer groups than the search finds for them, and
they are seen, by as much, as if nothing of their own code had been learned, either.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isco.core.learned_fit import Combination
from isco.core.odds import softmax

Doubles = NDArray[np.float64]

DEFAULT = Combination()
# How strongly the weights are drawn to the default, and how little the vote may count.
_PULL = 10.0
_LEAST_VOTE = 0.3
# A share of the vote that is 0 counts as this; a frequency as half an ad more.
_LEAST_SHARE = 0.003
_HALF = 0.5
# From so many ads on it says something how often a code was given.
_FREQUENCY_FROM = 500
# From which size on it counts what labelled ads say, by their number.
_SIZES = ((100, (0.3,)), (300, (0.3, 0.1)), (2000, (0.1, 0.03)), (None, (0.03, 0.01, 0.003)))
# Of as many sub-major groups as the search finds for them, this share is no sign of a selection.
_ENOUGH_GROUPS = 0.9


@dataclass(frozen=True, slots=True)
class Signals:
    """Of n ads over c codes: shares of the vote, best scores of the search, what labelled ads say,
    how many have each code; each of shape (n, c)."""

    vote: Doubles
    search: Doubles
    labelled: Doubles
    counts: Doubles

    def rows(self, positions: NDArray[np.int64]) -> "Signals":
        """Those of some of the ads."""
        return Signals(*(getattr(self, name)[positions] for name in self.__slots__))

    @staticmethod
    def joined(parts: Sequence["Signals"]) -> "Signals":
        """Those of all ads of the parts."""
        return Signals(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in Signals.__slots__)
        )


def probabilities(signals: Signals, combination: Combination) -> Doubles:
    """Of each code, shape (n, c); rows sum to 1."""
    scores = _features(signals, combination.size) @ np.array(combination.weights)
    return softmax(scores)


def fit_combination(
    known: Signals, new_code: Signals, targets: Doubles, ads: int, selected: float
) -> Combination:
    """The combination under which `targets`, shape (n, c), rows that sum to 1, are most likely.

    `known` are the signals of the ads as if they had not been learned, `new_code` as if nothing of
    their codes had; `selected` is the weight of the latter (0 to 1). `ads` is how many were
    learned; the rows may be a part of them.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    prior = np.array(DEFAULT.weights)
    counting = np.repeat([1 - selected, selected], len(targets))[:, None]
    wanted = np.concatenate([targets, targets]) * counting
    most_frequent = None if ads >= _FREQUENCY_FROM else 0.0
    bounds = [(_LEAST_VOTE, None), (0.0, None), (0.0, None), (0.0, most_frequent)]
    found = []
    for size in next(sizes for most, sizes in _SIZES if most is None or ads < most):
        features = np.concatenate([_features(known, size), _features(new_code, size)])

        def lost(weights: Doubles, features: Doubles = features) -> tuple[float, Doubles]:
            logs = log_softmax(features @ weights, axis=1)
            away = weights - prior
            value = -(wanted * logs).sum() + _PULL * (away**2).sum()
            error = np.exp(logs) * counting - wanted
            slope = np.einsum("nc,ncf->f", error, features) + 2 * _PULL * away
            return float(value), slope

        best = minimize(lost, prior, jac=True, bounds=bounds, method="L-BFGS-B")
        vote, searched, labelled, frequency = best.x.tolist()
        combination = Combination(vote, searched, labelled, frequency, size)
        found.append((float(best.fun), combination))
    return min(found, key=lambda one: one[0])[1]


def selection(codes: Sequence[str], searched: Sequence[str]) -> float:
    """How much labelled `codes` look like a selection rather than ads as they come (0 to 1).

    `searched` are the codes that the search alone finds for the same ads.
    """
    held, expected = ({code[:2] for code in some} for some in (codes, searched))
    return max(0.0, 1 - len(held) / (_ENOUGH_GROUPS * len(expected))) if expected else 0.0


def _features(signals: Signals, size: float) -> Doubles:
    """Shape (n, c, 4)."""
    search = signals.search
    spread = search.std(axis=1, keepdims=True)
    return np.stack(
        [
            np.log(signals.vote + _LEAST_SHARE),
            (search - search.mean(axis=1, keepdims=True)) / np.where(spread == 0, 1, spread),
            np.log(np.maximum(signals.labelled, 0) + size) - np.log(size),
            np.log(signals.counts + _HALF),
        ],
        axis=2,
    )
