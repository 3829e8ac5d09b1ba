"""One probability for each code of what vote, search and labelled ads say."""

from dataclasses import replace

import numpy as np
import pytest

from isco.core.learned_fit import Combination
from isco.retriever.deciding.combining import (
    DEFAULT,
    Signals,
    fit_combination,
    probabilities,
    selection,
)

ADS, CODES = 200, 12


def drawn(seed: int = 0, informative: float = 3.0) -> tuple[Signals, np.ndarray]:
    """Signals of which what labelled ads say tells most of the truth, and the truth."""
    rng = np.random.default_rng(seed)
    truth = np.eye(CODES)[rng.integers(CODES, size=ADS)]
    vote = rng.dirichlet(np.ones(CODES), size=ADS)
    search = rng.normal(size=(ADS, CODES))
    labelled = np.clip(0.05 * rng.normal(size=(ADS, CODES)) + truth * informative / 10, -1, 1)
    return Signals(vote, search, labelled, np.full((ADS, CODES), 5.0)), truth


def test_probabilities_sum_to_one_and_follow_the_signals() -> None:
    signals, _ = drawn()
    found = probabilities(signals, DEFAULT)
    assert found.sum(axis=1) == pytest.approx(np.ones(ADS))
    louder = replace(signals, labelled=signals.labelled + np.eye(CODES)[3])
    assert (probabilities(louder, DEFAULT)[:, 3] >= found[:, 3]).all()


def test_the_fit_listens_to_what_tells_the_truth() -> None:
    signals, truth = drawn()
    nothing = replace(signals, labelled=np.zeros_like(signals.labelled))
    fit = fit_combination(signals, nothing, truth, ads=ADS, selected=0)
    right = (probabilities(signals, fit).argmax(1) == truth.argmax(1)).mean()
    by_default = (probabilities(signals, DEFAULT).argmax(1) == truth.argmax(1)).mean()
    assert right >= by_default
    assert fit.labelled > DEFAULT.labelled
    assert fit.vote >= 0.3


def test_a_few_ads_change_little() -> None:
    signals, truth = drawn()
    few = np.arange(3)
    fit = fit_combination(signals.rows(few), signals.rows(few), truth[few], ads=3, selected=0)
    assert np.abs(np.array(fit.weights) - DEFAULT.weights).max() < 0.2
    assert fit.frequency == 0


def test_ads_that_look_selected_are_heeded_less() -> None:
    signals, truth = drawn()
    # Of an ad of a new code, labelled ads speak for another one.
    astray = replace(signals, labelled=np.roll(signals.labelled, 1, axis=1))
    weights = [
        fit_combination(signals, astray, truth, ads=ADS, selected=selected).labelled
        for selected in (0.0, 0.5, 0.9)
    ]
    assert weights[0] > weights[1] > weights[2]


@pytest.mark.parametrize(
    ("codes", "searched", "expected"),
    [
        (["2512", "5120", "7512"], ["2511", "5131", "7511"], 0.0),
        (["2512", "2513", "2519"], ["2511", "5131", "7511"], 1 - 1 / 2.7),
        (["2512"], [], 0.0),
    ],
)
def test_a_selection_holds_fewer_groups_than_the_search_finds(
    codes: list[str], searched: list[str], expected: float
) -> None:
    assert selection(codes, searched) == pytest.approx(expected)


def test_the_size_counts_from_where_labelled_ads_are_heard() -> None:
    signals, _ = drawn()
    loud, quiet = (probabilities(signals, Combination(size=size)) for size in (0.03, 3.0))
    assert loud.max(axis=1).mean() > quiet.max(axis=1).mean()
