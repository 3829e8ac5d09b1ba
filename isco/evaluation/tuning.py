"""How many neighbours decide and vote, chosen on labelled ads: K, the majority, the temperature.

What is chosen on ads is too good on them: so each tenth of the ads is judged by what the other
nine chose, and that is held against the settings in use. Pure.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from isco.core.names import name_key
from isco.core.records import Candidate
from isco.core.settings import DecisionSettings, Settings
from isco.evaluation.intervals import Interval, bootstrap, rounded
from isco.retriever.deciding.voting import take_vote

# What is tried: leaves that vote, how many of the nearest decide by agreeing, by which majority,
# and how many times the temperature in use. 15 and unanimity are the paper's.
TOPS = (5, 10, 15, 20, 30, 50)
_NEIGHBOURS = (1, 2, 3, 5, 10, 15)
_MAJORITIES = (None, 0.6, 0.8)
_TIMES = (0.25, 0.5, 1.0, 2.0, 4.0)
_FOLDS = 10

Rights = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TriedAd:
    """An ad with its known code and its nearest leaves, as many as the largest of TOPS, the nearest
    first; none where it was taken for no job. `named` is the code if its title alone decided."""

    title: str
    gold: str
    candidates: tuple[Candidate, ...]
    named: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Values of `search.top`, `decision.neighbours`, `.majority` and `.temperature`."""

    top: int
    neighbours: int
    majority: float | None
    temperature: float

    @staticmethod
    def of(settings: Settings) -> "Choice":
        """Those in use."""
        decision = settings.decision
        return Choice(
            settings.search.top, decision.neighbours, decision.majority, decision.temperature
        )

    def as_profile(self) -> dict[str, dict[str, Any]]:
        """As sections of a configuration."""
        decision = {
            "neighbours": self.neighbours,
            "majority": self.majority,
            "temperature": self.temperature,
        }
        return {"search": {"top": self.top}, "decision": decision}

    def right(self, ads: Sequence[TriedAd]) -> Rights:
        """Whether the vote by these gives each ad its code, shape (ads,)."""
        settings = DecisionSettings(**self.as_profile()["decision"])
        return np.array([self._code(ad, settings) == ad.gold for ad in ads], dtype=bool)

    def _code(self, ad: TriedAd, settings: DecisionSettings) -> str | None:
        if ad.named or not ad.candidates:
            return ad.named
        return take_vote(ad.candidates[: self.top], settings).isco_code

    def distance(self, other: "Choice") -> float:
        """How far they are from one another: steps of doubling, a majority counting one."""
        pairs = (
            (self.top, other.top),
            (self.neighbours, other.neighbours),
            (self.temperature, other.temperature),
        )
        return sum(abs(log(a / b, 2)) for a, b in pairs) + (self.majority != other.majority)


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was proposed on `ads` labelled ads, of `tried` choices, instead of the `current` one.

    `before` is the share of right codes by the current choice, `after` what choosing brings, each
    ad judged by a choice made without it; `interval` is the 95% interval of the difference and
    `p_value` McNemar's. `chosen_by` is the share of the folds that chose what is proposed,
    `on_the_same` its share of right codes on the ads that it was chosen by.
    """

    ads: int
    tried: int
    current: Choice
    proposed: Choice
    before: float
    after: float
    interval: Interval
    p_value: float
    chosen_by: float
    on_the_same: float

    @property
    def more_than_chance(self) -> bool:
        """Whether choosing is better, at the 5% level."""
        return self.after > self.before and self.p_value < 0.05

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "n": self.ads,
            "tried": self.tried,
            "current": self.current.as_profile(),
            "proposed": self.proposed.as_profile(),
            "accuracy": {"current": round(self.before, 4), "proposed": round(self.after, 4)},
            "interval": rounded(self.interval),
            "mcnemar_p": float(f"{self.p_value:.4g}"),
            "more_than_chance": self.more_than_chance,
            "chosen_by": round(self.chosen_by, 4),
            "accuracy_on_the_same_ads": round(self.on_the_same, 4),
        }


def choices(current: Choice) -> list[Choice]:
    """All that are tried, the current one first and those like it before others."""
    temperatures = [round(current.temperature * times, 6) for times in _TIMES]
    found = {
        Choice(top, neighbours, majority, temperature)
        for top, neighbours, majority, temperature in product(
            TOPS, _NEIGHBOURS, _MAJORITIES, temperatures
        )
        # One neighbour agrees with itself.
        if neighbours <= top and (majority is None or neighbours > 1)
    }
    near = sorted(found - {current}, key=lambda one: (one.distance(current), repr(one)))
    return [current, *near]


def tune(ads: Sequence[TriedAd], current: Choice) -> Tuning:
    """Propose what gives most of the ads their code; of equal ones what is most like the current.

    Ads of equal titles are in the same fold. ValueError without an ad.
    """
    if not ads:
        raise ValueError("there are no ads to choose by")
    tried = choices(current)
    right = np.stack([choice.right(ads) for choice in tried])
    folds = np.array([_fold(ad.title) for ad in ads])
    after = np.zeros(len(ads), dtype=bool)
    winners: Counter[int] = Counter()
    for fold in np.unique(folds):
        others = folds != fold
        # Without others to choose by, the current one stands.
        winner = int(right[:, others].sum(axis=1).argmax())
        winners[winner] += 1
        after[~others] = right[winner, ~others]
    best = int(right.sum(axis=1).argmax())
    before = right[0]
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    gain = after.astype(float) - before
    return Tuning(
        ads=len(ads),
        tried=len(tried),
        current=current,
        proposed=tried[best],
        before=float(before.mean()),
        after=float(after.mean()),
        interval=bootstrap(len(gain), lambda drawn: float(gain[drawn].mean())),
        p_value=float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0,
        chosen_by=winners[best] / winners.total(),
        on_the_same=float(right[best].mean()),
    )


def _fold(title: str) -> int:
    digest = hashlib.blake2b(name_key(title).encode("utf-8", "replace"), digest_size=4).digest()
    return int.from_bytes(digest, "big") % _FOLDS
