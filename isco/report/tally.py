"""What a run holds, counted answer by answer. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from isco.core.codes import UNIT_LEVEL
from isco.core.records import PredictionPath
from isco.evaluation.breakdown import UNKNOWN_LANGUAGE
from isco.evaluation.coverage import ANSWER_LEVELS, NO_CODE
from isco.evaluation.intervals import Interval, rounded, wilson
from isco.review.answers import AnsweredAd

THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_NO_JOBS = (PredictionPath.NOT_A_JOB, PredictionPath.ERROR)
_95 = 1.96


@dataclass(frozen=True, slots=True)
class Share:
    """`n` of `of` ads."""

    n: int
    of: int

    @property
    def value(self) -> float:
        """As a share; 0 of nothing."""
        return self.n / self.of if self.of else 0.0

    @property
    def interval(self) -> Interval:
        """Of the share, as far as the ads stand for others like them."""
        return wilson(self.n, self.of)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {"n": self.n, "share": round(self.value, 4), "interval": rounded(self.interval)}


@dataclass
class Confidences:
    """Confidences of answers, added up: how many will be right if they mean what they say."""

    n: int = 0
    total: float = 0.0
    variance: float = 0.0
    squares: float = 0.0

    def add(self, confidence: float) -> None:
        """Count one more."""
        self.n += 1
        self.total += confidence
        self.variance += confidence * (1 - confidence)
        self.squares += confidence**2

    @property
    def mean(self) -> float | None:
        """The share expected to be right; None without any."""
        return self.total / self.n if self.n else None

    @property
    def spread(self) -> float:
        """The variance of the confidences themselves."""
        return max(0.0, self.squares / self.n - (self.total / self.n) ** 2) if self.n else 0.0

    @property
    def interval(self) -> Interval | None:
        """Where that share is 95 times of 100, as sums of so many draws spread; the error of the
        confidence itself is not in it."""
        if not self.n:
            return None
        half = _95 * sqrt(self.variance) / self.n
        mean = self.total / self.n
        return max(0.0, mean - half), min(1.0, mean + half)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        mean, ends = self.mean, self.interval
        return {
            "n": self.n,
            "accuracy": None if mean is None else round(mean, 4),
            "interval": ends and rounded(ends),
        }


@dataclass
class Tally:
    """Counts of a run: all `ads`, the `jobs` among them (neither broken rows nor pages that are no
    job), and of these by what they are.

    `codes` are by the answer's first digits, 1 to 4; `whole` has by threshold the unit groups that
    are that sure, `given` the answers as they were given, by their digits.
    """

    ads: int = 0
    jobs: int = 0
    paths: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    levels: Counter[int] = field(default_factory=Counter)
    codes: dict[int, Counter[str]] = field(
        default_factory=lambda: {level: Counter() for level in ANSWER_LEVELS}
    )
    whole: dict[float, Confidences] = field(
        default_factory=lambda: {threshold: Confidences() for threshold in THRESHOLDS}
    )
    given: dict[int, Confidences] = field(
        default_factory=lambda: {level: Confidences() for level in ANSWER_LEVELS}
    )
    labels: dict[str, str] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)

    @staticmethod
    def of(answers: Iterable[AnsweredAd]) -> "Tally":
        """Of a whole run."""
        tally = Tally()
        for answer in answers:
            tally.add(answer)
        return tally

    def add(self, answer: AnsweredAd) -> None:
        """Count one more."""
        self.ads += 1
        self.paths[str(answer.path)] += 1
        self.versions[_version(answer)] += 1
        if answer.path in _NO_JOBS:
            return
        self.jobs += 1
        self.languages[answer.language or UNKNOWN_LANGUAGE] += 1
        self.levels[answer.level] += 1
        if answer.isco_code:
            self.labels.setdefault(answer.isco_code, answer.isco_label or "")
            for level in range(1, min(answer.level, UNIT_LEVEL) + 1):
                self.codes[level][answer.isco_code[:level]] += 1
            if answer.path != PredictionPath.CODED:
                self.given[answer.level].add(answer.confidence)
        if answer.best and answer.path != PredictionPath.CODED:
            for threshold, confidences in self.whole.items():
                if answer.sure >= threshold:
                    confidences.add(answer.sure)

    @property
    def by_machine(self) -> int:
        """Jobs that the machine had to decide on."""
        return self.jobs - self.paths[PredictionPath.CODED]

    @property
    def expected(self) -> Confidences:
        """All answers that the machine gave, each right as far as it goes."""
        parts = self.given.values()
        return Confidences(
            sum(part.n for part in parts),
            sum(part.total for part in parts),
            sum(part.variance for part in parts),
            sum(part.squares for part in parts),
        )

    def coded(self, level: int) -> Share:
        """Jobs with a code of that many digits at least."""
        return Share(sum(n for at, n in self.levels.items() if at >= level), self.jobs)

    def covered(self, threshold: float) -> Share:
        """Jobs of the machine's whose unit group is so sure."""
        return Share(self.whole[threshold].n, self.by_machine)

    def distribution(self, level: int) -> dict[str, Share]:
        """The groups of that level by their share of the jobs coded so far, the largest first."""
        counts = self.codes[level]
        total = counts.total()
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {code: Share(n, total) for code, n in ordered}

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {
            "ads": self.ads,
            "jobs": self.jobs,
            "paths": _shares(self.paths, self.ads),
            "languages": _shares(self.languages, self.jobs),
            "coded_by_level": {
                str(level): Share(self.levels[level], self.jobs).as_dict()
                for level in (*ANSWER_LEVELS, NO_CODE)
            },
            "thresholds": [
                {
                    "threshold": threshold,
                    "coverage": self.covered(threshold).as_dict(),
                    "expected": confidences.as_dict(),
                }
                for threshold, confidences in self.whole.items()
            ],
            "expected": {
                "all": self.expected.as_dict(),
                **{str(level): part.as_dict() for level, part in self.given.items()},
            },
            "distribution": {
                str(level): {c: share.as_dict() for c, share in self.distribution(level).items()}
                for level in ANSWER_LEVELS
            },
            "versions": dict(self.versions),
        }


def _shares(counts: Mapping[str, int], of: int) -> dict[str, Any]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {name: Share(n, of).as_dict() for name, n in ordered}


def _version(answer: AnsweredAd) -> str:
    versions = answer.versions
    parts = (versions.get(name) for name in ("taxonomy", "embedding", "llm"))
    return ", ".join(str(part) for part in parts if part) or "not known"
