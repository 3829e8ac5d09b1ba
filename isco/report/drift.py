"""What has changed between two runs, and what of it is more than chance. Pure.

Intervals of differences are Newcombe's (1998, Statistics in Medicine 17, method 10), of Wilson's
intervals of both shares. Of many groups some differ by chance: false discoveries are held at 5%
(Benjamini & Hochberg 1995).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy import stats

from isco.evaluation.coverage import ANSWER_LEVELS, NO_CODE
from isco.evaluation.intervals import Interval, rounded
from isco.report.tally import Share, Tally

_FALSE_DISCOVERIES = 0.05
_DRAWS = 200
_SEED = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A share `now` and `before`, of independent ads; `by_chance` where it may be no change."""

    name: str
    now: Share
    before: Share
    by_chance: bool = True

    @property
    def value(self) -> float:
        """The difference, now minus before."""
        return self.now.value - self.before.value

    @property
    def interval(self) -> Interval:
        """Of the difference, 95%."""
        (low, high), (low_before, high_before) = self.now.interval, self.before.interval
        down = sqrt((self.now.value - low) ** 2 + (high_before - self.before.value) ** 2)
        up = sqrt((high - self.now.value) ** 2 + (self.before.value - low_before) ** 2)
        return self.value - down, self.value + up

    @property
    def p_value(self) -> float:
        """Of Fisher's exact test that both shares are one."""
        shares = (self.now, self.before)
        table = np.array([[share.n, share.of - share.n] for share in shares])
        return float(stats.fisher_exact(table).pvalue)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "now": round(self.now.value, 4),
            "before": round(self.before.value, 4),
            "difference": round(self.value, 4),
            "interval": rounded(self.interval),
            "by_chance": self.by_chance,
        }


@dataclass(frozen=True, slots=True)
class Distance:
    """Total variation distance of two distributions, 0 to 1: the part of the ads that would have to
    change groups. `by_chance` is its mean where both are draws of one distribution, and
    `by_chance_high` what it exceeds in one of twenty such."""

    value: float
    by_chance: float
    by_chance_high: float

    @property
    def is_chance(self) -> bool:
        """Whether it may be no change."""
        return self.value <= self.by_chance_high

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {name: round(getattr(self, name), 4) for name in self.__slots__}


@dataclass(frozen=True)
class Drift:
    """All that changed. `answers` are by digits of the answer, `groups` by level; within each the
    largest change first. `confidence` is the difference of the mean confidences of unit groups."""

    paths: tuple[Change, ...]
    languages: tuple[Change, ...]
    answers: tuple[Change, ...]
    groups: Mapping[int, tuple[Change, ...]]
    distances: Mapping[int, Distance]
    confidence: float | None
    confidence_interval: Interval | None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "paths": _by_name(self.paths),
            "languages": _by_name(self.languages),
            "answers": _by_name(self.answers),
            "groups": {str(level): _by_name(some) for level, some in self.groups.items()},
            "distances": {str(level): found.as_dict() for level, found in self.distances.items()},
            "confidence": None if self.confidence is None else round(self.confidence, 4),
            "confidence_interval": self.confidence_interval and rounded(self.confidence_interval),
        }


def drift(now: Tally, before: Tally) -> Drift:
    """From the run `before` to that of `now`."""
    found, ends = _confidence(now, before)
    return Drift(
        paths=_changes(now.paths, before.paths, now.ads, before.ads),
        languages=_changes(now.languages, before.languages, now.jobs, before.jobs),
        answers=_changes(_named(now.levels), _named(before.levels), now.jobs, before.jobs),
        groups={
            level: _changes(now.codes[level], before.codes[level], *_totals(now, before, level))
            for level in ANSWER_LEVELS
        },
        distances={
            level: _distance(now.codes[level], before.codes[level]) for level in ANSWER_LEVELS
        },
        confidence=found,
        confidence_interval=ends,
    )


def _named(levels: Mapping[int, int]) -> dict[str, int]:
    return {
        "no code" if level == NO_CODE else f"{level} digits" if level > 1 else "1 digit": n
        for level, n in levels.items()
    }


def _totals(now: Tally, before: Tally, level: int) -> tuple[int, int]:
    return now.codes[level].total(), before.codes[level].total()


def _changes(
    now: Mapping[str, int], before: Mapping[str, int], of_now: int, of_before: int
) -> tuple[Change, ...]:
    names = sorted({*now, *before})
    changes = [
        Change(name, Share(now.get(name, 0), of_now), Share(before.get(name, 0), of_before))
        for name in names
    ]
    if not changes or not of_now or not of_before:
        return ()
    adjusted = stats.false_discovery_control([change.p_value for change in changes])
    judged = [
        Change(change.name, change.now, change.before, bool(p > _FALSE_DISCOVERIES))
        for change, p in zip(changes, adjusted, strict=True)
    ]
    return tuple(sorted(judged, key=lambda change: (-round(abs(change.value), 12), change.name)))


def _distance(now: Counter[str], before: Counter[str]) -> Distance:
    names = sorted({*now, *before})
    counts = np.array([[now[name] for name in names], [before[name] for name in names]])
    totals = counts.sum(axis=1)
    if not totals.all():
        return Distance(0.0, 0.0, 0.0)
    draws = np.random.default_rng(_SEED)
    pooled = counts.sum(axis=0) / counts.sum()
    shares = [draws.multinomial(total, pooled, size=_DRAWS) / total for total in totals]
    by_chance = np.abs(shares[0] - shares[1]).sum(axis=1) / 2
    value = float(np.abs(counts[0] / totals[0] - counts[1] / totals[1]).sum() / 2)
    return Distance(value, float(by_chance.mean()), float(np.quantile(by_chance, 0.95)))


def _confidence(now: Tally, before: Tally) -> tuple[float | None, Interval | None]:
    """Of the difference of means, with its interval by the spread of both."""
    one, other = now.whole[0.0], before.whole[0.0]
    if one.mean is None or other.mean is None:
        return None, None
    value = one.mean - other.mean
    half = 1.96 * sqrt(one.spread / one.n + other.spread / other.n)
    return value, (value - half, value + half)


def _by_name(changes: tuple[Change, ...]) -> dict[str, Any]:
    return {change.name: change.as_dict() for change in changes}
