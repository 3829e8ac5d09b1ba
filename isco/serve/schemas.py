"""The shapes of what the REST interface takes and gives, for its OpenAPI description."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from isco.core.records import PredictionPath
from isco.serve.bodies import JSON, LINES
from isco.serve.problems import MEDIA_TYPE

_AD: dict[str, Any] = {
    "id": "ad-1",
    "title": "HGV class 1 driver",
    "description": "You will deliver pallets at night and hold a licence of category C+E.",
}
_LABELLED: dict[str, Any] = {**_AD, "isco_code": "8332"}


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
    waiting: int
    software: str
    notice: str | None


class ProblemOut(BaseModel):
    """What is wrong with a request (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def body_of(name: str, examples: dict[str, Any]) -> dict[str, Any]:
    """The description of a body of ads of the schema `name`: one, a list, or lines."""
    one = {"$ref": f"#/components/schemas/{name}"}
    many = {"type": "array", "items": one}
    return {
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"anyOf": [one, many]}, "examples": examples},
                LINES: {"schema": {"type": "string", "description": "An ad a line."}},
            },
        }
    }


def classify_body() -> dict[str, Any]:
    """That of the ads to classify."""
    batch = [_AD, {"id": "ad-2", "title": "Staff nurse, intensive care"}]
    return body_of("AdIn", {"one": {"value": _AD}, "batch": {"value": batch}})


def labelled_body() -> dict[str, Any]:
    """That of the ads to learn."""
    return body_of("LabelledAdIn", {"batch": {"value": [_LABELLED]}})


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The descriptions of the problems with those statuses."""
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    said = {
        401: "The token is missing or wrong.",
        403: "Asked by a page of another site, or under another host's name.",
        404: "There is none.",
        408: "The request did not come in in time.",
        413: "Too much.",
        415: "Another content type.",
        422: "It can't be read, or says nothing that can be used.",
        429: "Too many requests of one address under way.",
        503: "Not ready, too much waiting, or not answered in time.",
    }
    return {
        status: {"description": said[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in (401, 403, 429, *statuses)
    }
