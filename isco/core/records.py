"""The records that travel between the stages. Frozen; none knows how it is stored or shown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from isco.core.names import name_key

LANGUAGE_SEPARATOR = ","


class Kind(StrEnum):
    """Where a searchable concept stands in the taxonomy."""

    LEAF = "leaf"
    INNER = "inner occupation"
    GROUP = "unit group"


class Form(StrEnum):
    """What an ad consists of. What labelled ads of one form say of how sure an answer is does not
    hold for those of the other."""

    TITLE = "title"
    TEXT = "title and text"

    @staticmethod
    def of(text: str) -> "Form":
        """That of an ad with this text beside its title."""
        return Form.TEXT if text else Form.TITLE


@dataclass(frozen=True, slots=True)
class GroupNote:
    """What the taxonomy says of an ISCO group, as it was published: for people, never embedded.

    `excludes` are the jobs that it names as classified elsewhere, one each.
    """

    code: str
    title: str
    definition: str = ""
    tasks: str = ""
    excludes: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """One searchable concept of the taxonomy, with the ISCO-08 groups above it.

    `isco_major`, `isco_sub_major` and `isco_minor` are "code title" ("2 Professionals").
    `alt_labels` are its other names, `label` not among them. `description` is clean: it says
    only what the concept is, never what it is not. Not every searchable concept is a leaf of the
    taxonomy's graph: `kind` tells. Skills are for people and for prompts; they are not embedded.

    Every language of a taxonomy has concepts of its own: `label`, `alt_labels` and `description`
    are in `language`. The titles of the groups are in the taxonomy's main language, and so is
    `main_label`, what the concept is called there. `everyday_names` are what ads call it, too; they
    decide where they are an ad's title to the letter, and are searched for titles without a text.
    `listed_names` are what lists of titles call it, list by list; where one is known under its
    code, it is no further name. A unit group's own concept has `notes` of it, and of the groups
    above in which it is the first; an occupation has its own code in the source as its `notation`.
    """

    uri: str
    label: str
    isco_code: str
    isco_label: str
    isco_major: str
    isco_sub_major: str
    isco_minor: str
    alt_labels: tuple[str, ...]
    description: str
    language: str
    taxonomy_version: str
    kind: Kind
    essential_skills: tuple[str, ...] = ()
    optional_skills: tuple[str, ...] = ()
    main_label: str = ""
    everyday_names: tuple[str, ...] = ()
    listed_names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    notes: tuple[GroupNote, ...] = ()
    notation: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """All names, the preferred one first."""
        return (self.label, *self.alt_labels)

    @property
    def searched_names(self) -> tuple[str, ...]:
        """All names, then those everyday ones that are none of them, for bare titles alone."""
        own = set(map(name_key, self.labels))
        return (*self.labels, *(name for name in self.everyday_names if name_key(name) not in own))

    @property
    def group_titles(self) -> dict[str, str]:
        """The titles of the four groups that it is in, by their codes."""
        above = (self.isco_major, self.isco_sub_major, self.isco_minor)
        parted = (group.partition(" ") for group in above)
        return {self.isco_code: self.isco_label} | {code: title for code, _, title in parted}


@dataclass(frozen=True, slots=True)
class Ad:
    """One job advertisement. Whoever reads a file says where the ad stood in it: `row` counts data
    rows from 1, `line` is the file's line; 0 where there is no file.

    One that came without an id is `numbered`: its row stands in. `like` is the id of the ad that
    was decided on where the code of this one was given with it.
    """

    id: str = ""
    title: str = ""
    description: str = ""
    row: int = 0
    line: int = 0
    language: str | None = None
    isco_code: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    numbered: bool = False
    like: str = ""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that is no ad, and why. It becomes one `error` row of the output.

    Like an ad, one without a readable id is `numbered`.
    """

    id: str
    row: int
    line: int
    reason: str
    numbered: bool = False


Row = Ad | BrokenRow


@dataclass(frozen=True, slots=True)
class Profile:
    """What an ad says of the job, freed of everything else. This is what is embedded."""

    title: str
    description: str
    skills: tuple[str, ...] = ()
    seniority: str | None = None
    industry: str | None = None
    translated: bool = False
    extracted_by: str = "rules"


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
