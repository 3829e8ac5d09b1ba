"""How an ad that was read gets its code, and how a run over many ads is cut up and written."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from isco.core.records import Kind
from isco.core.settings.section import Section

Signal = Literal["document", "labels", "head", "lexical", "body", "words"]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]

_KINDS = (Kind.LEAF, Kind.INNER, Kind.GROUP)
_WEIGHTS: dict[Signal, Weight] = {
    "document": 1.0,
    "labels": 1.0,
    "head": 0.5,
    "lexical": 0.75,
    "body": 1.5,
    "words": 0.3,
}
_BARE_TITLE_WEIGHTS: dict[Signal, Weight] = {"labels": 2.5, "words": 0.03}


class SearchSettings(Section):
    """How leaves are ranked: each signal is standardised over the leaves, then weighed."""

    top: int = Field(default=15, ge=1)
    kinds: tuple[Kind, ...] = Field(default=_KINDS, min_length=1)
    centre: bool = True
    weights: dict[Signal, Weight] = Field(default_factory=_WEIGHTS.copy)
    bare_title_weights: dict[Signal, Weight] = Field(default_factory=_BARE_TITLE_WEIGHTS.copy)
    words_in_full: int = Field(default=60, ge=1)
    everyday_weight: float = Field(default=0.5, ge=0)
    read_text: Literal["always", "unsure", "never"] = "unsure"
    read_text_below: float = Field(default=0.6, ge=0, le=1)

    @field_validator("weights")
    @classmethod
    def _something_counts(cls, weights: dict[str, float]) -> dict[str, float]:
        if not any(weights.values()):
            raise ValueError("at least one weight must be above zero")
        return weights


class DecisionSettings(Section):
    """How neighbours become one code."""

    neighbours: int = Field(default=3, ge=1)
    majority: float | None = Field(default=None, ge=0.5, le=1)
    temperature: float = Field(default=0.2, gt=0)
    own_names: bool = True
    target_accuracy: float | None = Field(default=None, ge=0, le=1)


class ConfidenceSettings(Section):
    """What makes a probability of how clear a decision is."""

    fit: str | None = Field(default="default", min_length=1)


class LearningSettings(Section):
    """How much labelled ads count beside the taxonomy, and what is kept of them."""

    neighbours: int = Field(default=30, ge=1)
    weight: float = Field(default=10.0, gt=0)
    sharpness: float = Field(default=8.0, gt=0)
    least: float = Field(default=0.1, gt=0)
    ridge: float | None = Field(default=0.3, gt=0)
    fitted: int = Field(default=8000, ge=1)
    keep_text: bool = True
    immediately: bool = False


class RerankingSettings(Section):
    """What an LLM is asked where the neighbours disagree, and how much its answer counts."""

    when: Literal["disagreement", "unsure", "never"] = "disagreement"
    below: float | None = Field(default=None, ge=0, le=1)
    prompt: str = Field(default="reranking", min_length=1)
    codes: int = Field(default=6, ge=2, le=25)
    titles: int = Field(default=3, ge=0)
    description_characters: int = Field(default=0, ge=0)
    text_characters: int = Field(default=400, ge=0)
    orders: int = Field(default=2, ge=1, le=2)
    weight: float | None = Field(default=3.0, ge=0)
    temperature: float = Field(default=0.5, gt=0)
    decline_above: float | None = Field(default=None, ge=0, le=1)


class ClassifySettings(Section):
    """How a run over many ads is cut up."""

    chunk: int = Field(default=128, ge=1)
    workers: int | None = Field(default=None, ge=1)
    grace: float = Field(default=20.0, ge=0, allow_inf_nan=False)
    part: int = Field(default=4, ge=1)


class OutputSettings(Section):
    """How a CSV file is written."""

    byte_order_mark: bool = True
    delimiter: Literal[",", ";"] = ","
    formulas: bool = False
