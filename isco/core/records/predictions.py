"""What comes out: a prediction, the candidates behind it, and how it came about."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from isco.core.records.ads import Profile
from isco.core.records.taxonomy import Concept


@dataclass(frozen=True, slots=True)
class Candidate:
    """A leaf that resembles an ad. `rank` counts from 1; a higher `score` is nearer.

    `label` is its name in the taxonomy's main language, `local_label` that in the ad's, if it was
    searched in another one. `probability` is its part of the probability that its code is right,
    all of which sum to less than 1; None where nothing was decided.
    """

    isco_code: str
    isco_label: str
    uri: str
    label: str
    score: float
    rank: int
    local_label: str | None = None
    probability: float | None = None

    @property
    def name(self) -> str:
        """Its name for people: "dakdekker (roofer)"."""
        return f"{self.local_label} ({self.label})" if self.local_label else self.label

    @staticmethod
    def of(leaf: Concept, score: float, rank: int) -> "Candidate":
        """`leaf` as a candidate, its score to four decimals."""
        return Candidate(
            isco_code=leaf.isco_code,
            isco_label=leaf.isco_label,
            uri=leaf.uri,
            label=leaf.main_label or leaf.label,
            score=round(score, 4),
            rank=rank,
            local_label=leaf.label if leaf.main_label not in ("", leaf.label) else None,
        )


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation that an ad may be in: what the taxonomy has below the unit group `isco_code`.

    `label` is its name in the taxonomy's main language; `probability` that of its being the right
    one, a part of the probability that its code is.
    """

    uri: str
    label: str
    isco_code: str
    probability: float


class PredictionPath(StrEnum):
    """The way by which a prediction came about."""

    CODED = "coded"
    UNANIMOUS = "unanimous"
    MAJORITY = "majority"
    VOTE = "vote"
    RERANK = "rerank"
    FALLBACK = "fallback"
    DECLINED = "declined"
    NOT_A_JOB = "not_a_job"
    ERROR = "error"

    @property
    def agreed(self) -> bool:
        """Whether the nearest neighbours settled the code by agreeing."""
        return self in (PredictionPath.UNANIMOUS, PredictionPath.MAJORITY)

    @property
    def disagreed(self) -> bool:
        """Whether an ad was decided on without their agreeing: an LLM would be asked."""
        settled = (PredictionPath.CODED, PredictionPath.NOT_A_JOB, PredictionPath.ERROR)
        return not self.agreed and self not in settled


@dataclass(frozen=True, slots=True)
class Versions:
    """What made a prediction, so that it can be made again."""

    taxonomy: str | None
    embedding: str | None
    llm: str | None
    prompts: str | None
    software: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one ad: a code of the taxonomy or None, and the evidence behind it.

    `best_code` is the most probable one of four digits, also where a shorter one or none was given;
    `best_confidence` the probability that it is right. `occupation` is the likeliest one of
    `isco_code`, None where that has not all four digits or no occupation; `occupations` are the
    likeliest ones of whichever code, the likeliest first. `crosswalks` has what mapping tables have
    for the ad, by their names, where there are any. `title` is the ad's own, for who shows both.
    """

    id: str
    isco_code: str | None
    isco_label: str | None
    level: int
    confidence: float
    path: PredictionPath
    best_code: str | None
    best_label: str | None
    best_confidence: float
    reason: str
    language: str | None
    candidates: tuple[Candidate, ...]
    profile: Profile | None
    versions: Versions
    extra: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    occupation: Occupation | None = None
    occupations: tuple[Occupation, ...] = ()
    crosswalks: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, keys in the order of the output contract, which has no title."""
        row = {name: getattr(self, name) for name in PREDICTION_KEYS}
        row["path"] = str(self.path)
        row["candidates"] = list(map(_as_dict, self.candidates))
        row["occupation"] = self.occupation and _as_dict(self.occupation)
        row["occupations"] = list(map(_as_dict, self.occupations))
        row["profile"] = asdict(self.profile) if self.profile else None
        row["versions"] = asdict(self.versions)
        row["extra"] = dict(self.extra)
        if self.crosswalks:
            row["crosswalks"] = dict(self.crosswalks)
        return row


PREDICTION_KEYS = (
    "id", "isco_code", "isco_label", "level", "confidence", "path", "best_code", "best_label",
    "best_confidence", "reason", "language", "candidates", "occupation", "occupations", "profile",
    "versions", "extra",
)  # fmt: skip
# Those that a table has as JSON texts, where it has them.
NESTED_KEYS = ("candidates", "occupations", "profile", "versions", "extra", "crosswalks")


def _as_dict(record: Candidate | Occupation) -> dict[str, Any]:
    """As `asdict`, which would copy every value as well."""
    return {name: getattr(record, name) for name in record.__slots__}
