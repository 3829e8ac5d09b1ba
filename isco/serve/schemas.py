"""The shapes of what the REST interface takes and gives, for its OpenAPI description."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from isco.core.records import PredictionPath
from isco.crosswalk.joining import Via
from isco.crosswalk.links import Relation


class AdIn(BaseModel):
    """A job ad. Fields of other names come back under `extra`; settings of the section `input`
    change the names."""

    model_config = ConfigDict(extra="allow")

    id: str | int | None = Field(default=None, description="By default its number in the request.")
    title: str | None = None
    description: str | None = None
    language: str | None = Field(default=None, description="ISO 639-1, where it is known.")


class LabelledAdIn(AdIn):
    """A job ad with its code; one without a code is left out."""

    isco_code: str | int | None = Field(
        default=None, description="One to four digits; several that are all right with | between."
    )


class CandidateOut(BaseModel):
    """A leaf that resembles the ad."""

    isco_code: str
    isco_label: str
    uri: str
    label: str
    score: float
    rank: int
    local_label: str | None
    probability: float | None


class LikelyOccupationOut(BaseModel):
    """An occupation that the ad may be in."""

    uri: str
    label: str
    isco_code: str
    probability: float = Field(ge=0, le=1)


class ProfileOut(BaseModel):
    """What the ad says of the job."""

    title: str
    description: str
    skills: list[str]
    seniority: str | None
    industry: str | None
    translated: bool
    extracted_by: str


class VersionsOut(BaseModel):
    """What made the answer."""

    taxonomy: str | None
    embedding: str | None
    llm: str | None
    prompts: str | None
    software: str


class TargetOut(BaseModel):
    """A code of a mapping table; `source` is the occupation or group that it was reached by."""

    code: str
    label: str | None
    probability: float
    relation: Relation | None
    via: Via
    source: str


class CutCodeOut(BaseModel):
    """A shorter code."""

    code: str
    probability: float


class CrosswalkOut(BaseModel):
    """What a table of codes has for an ad: the likeliest code, or a shorter or none where it is not
    as sure as it must be, and the candidates."""

    code: str | None
    label: str | None
    probability: float | None
    relation: Relation | None
    via: Via | None
    source: str | None
    ambiguous: bool
    candidates: list[TargetOut]
    groups: list[CutCodeOut]


class ScaleOut(BaseModel):
    """What a table of numbers has for an ad: the mean over what is likely."""

    value: float | None
    probability: float
    candidates: list[TargetOut]


class PredictionOut(BaseModel):
    """The answer to one ad: the same as a line of `isco classify`."""

    id: str
    isco_code: str | None
    isco_label: str | None
    level: int = Field(ge=0, le=4)
    confidence: float = Field(ge=0, le=1)
    path: PredictionPath
    best_code: str | None
    best_label: str | None
    best_confidence: float = Field(ge=0, le=1)
    reason: str
    language: str | None
    candidates: list[CandidateOut]
    occupation: LikelyOccupationOut | None = Field(
        description="The likeliest one of isco_code; none where that has fewer than four digits."
    )
    occupations: list[LikelyOccupationOut] = Field(
        description="The likeliest ones of whichever code, the likeliest first."
    )
    profile: ProfileOut | None
    versions: VersionsOut
    extra: dict[str, Any]
    crosswalks: dict[str, CrosswalkOut | ScaleOut] | None = Field(
        default=None,
        description="What mapping tables of the configuration have, by their names; left out "
        "without any.",
    )


class NeighboursOut(BaseModel):
    """The leaves nearest to a text."""

    text: str
    candidates: list[CandidateOut]
    versions: VersionsOut


class NamedGroup(BaseModel):
    """A group by code and label."""

    code: str
    label: str


class OccupationOut(BaseModel):
    """An occupation of a unit group."""

    uri: str
    label: str
    description: str


class GroupOut(NamedGroup):
    """A group of ISCO-08. `label_language` is that of its label: the taxonomy's main language where
    it has no title in the one that was asked for. `excludes` are jobs that are classified
    elsewhere."""

    label_language: str
    level: int = Field(ge=1, le=4)
    parent: str | None
    definition: str
    tasks: str
    excludes: list[str]
    note: str
    examples: list[str]
    occupations: list[OccupationOut]
    above: list[NamedGroup]
    children: list[NamedGroup]


class LearnedOut(BaseModel):
    """What was learned, as `isco learn --json`."""

    model_config = ConfigDict(extra="allow")

    source: str
    learned: int
    new: int
    replaced: int
    uncoded: int
    refused: list[dict[str, Any]]


class StatusOut(BaseModel):
    """What is served."""

    ready: bool
    problem: str | None
    taxonomy: str | None
    embedding: str | None
    llm: str | None
    languages: list[str]
    codes: int | None
    points: int | None
    labelled: int | None
    crosswalks: list[str]
    waiting: int
    software: str
    notice: str | None


class ProblemOut(BaseModel):
    """What is wrong with a request (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
