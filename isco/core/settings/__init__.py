"""Every setting with its type, its bounds and its default: one model a section of config.yaml."""

from pathlib import Path
from typing import Any

import platformdirs
from pydantic import Field, field_validator, model_validator

from isco.core.redaction import keep_secret, keep_secrets_of
from isco.core.settings.coding import (
    ClassifySettings,
    ConfidenceSettings,
    DecisionSettings,
    LearningSettings,
    OutputSettings,
    RerankingSettings,
    SearchSettings,
)
from isco.core.settings.reading import (
    ExtractionSettings,
    InputSettings,
    LanguageSettings,
    LlmSettings,
    ScreeningSettings,
    TranslationSettings,
)
from isco.core.settings.section import AbsolutePath, Section
from isco.core.settings.serving import ServeSettings
from isco.core.settings.stores import (
    CrosswalkFile,
    EmbeddingSettings,
    EscoApiSettings,
    NamesFile,
    QdrantSettings,
    TaxonomySettings,
)

__all__ = [
    "ClassifySettings",
    "ConfidenceSettings",
    "CrosswalkFile",
    "DecisionSettings",
    "EmbeddingSettings",
    "EscoApiSettings",
    "ExtractionSettings",
    "InputSettings",
    "LanguageSettings",
    "LearningSettings",
    "LlmSettings",
    "NamesFile",
    "OutputSettings",
    "QdrantSettings",
    "RerankingSettings",
    "ScreeningSettings",
    "SearchSettings",
    "ServeSettings",
    "Settings",
    "TaxonomySettings",
    "TranslationSettings",
]


def default_data_dir() -> Path:
    """The folder `.isco` where the command runs, if there is one; else the user's data folder."""
    here = Path.cwd() / ".isco"
    return here if here.is_dir() else Path(platformdirs.user_data_dir("isco", appauthor=False))


class Settings(Section):
    """Everything that can be configured, one attribute a section of config.yaml."""

    data_dir: AbsolutePath = Field(default_factory=default_data_dir)
    qdrant: QdrantSettings = QdrantSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    taxonomy: TaxonomySettings = TaxonomySettings()
    esco_api: EscoApiSettings = EscoApiSettings()
    input: InputSettings = InputSettings()
    screening: ScreeningSettings = ScreeningSettings()
    language: LanguageSettings = LanguageSettings()
    translation: TranslationSettings = TranslationSettings()
    extraction: ExtractionSettings = ExtractionSettings()
    llm: LlmSettings = LlmSettings()
    search: SearchSettings = SearchSettings()
    decision: DecisionSettings = DecisionSettings()
    confidence: ConfidenceSettings = ConfidenceSettings()
    learning: LearningSettings = LearningSettings()
    reranking: RerankingSettings = RerankingSettings()
    classify: ClassifySettings = ClassifySettings()
    serve: ServeSettings = ServeSettings()
    output: OutputSettings = OutputSettings()
    crosswalks: tuple[CrosswalkFile, ...] = ()

    def keep_secrets(self) -> None:
        """Let none of the keys and passwords that are in it be shown in this process."""
        qdrant, llm, serve = self.qdrant, self.llm, self.serve
        for key in (qdrant.api_key, qdrant.read_only_api_key, llm.api_key, serve.token):
            keep_secret(key.get_secret_value() if key else None)
        for address in (qdrant.url, llm.url, self.esco_api.url):
            keep_secrets_of(address)

    @model_validator(mode="after")
    def _kept_secret(self) -> "Settings":
        self.keep_secrets()
        return self

    @field_validator("data_dir", mode="before")
    @classmethod
    def _found(cls, given: Any) -> Any:
        return default_data_dir() if given is None else given

    @property
    def qdrant_path(self) -> Path:
        """Folder of the embedded Qdrant."""
        return self.qdrant.path or self.data_dir / "qdrant"

    @property
    def answers_path(self) -> Path:
        """File with the answers of language models."""
        return self.data_dir / "answers.sqlite3"

    @property
    def cache_path(self) -> Path:
        """File with embeddings by content."""
        return self.data_dir / "embeddings.sqlite3"

    @property
    def snapshots_path(self) -> Path:
        """Folder with what was read from the embedded Qdrant."""
        return self.data_dir / "snapshots"

    @property
    def labelled_path(self) -> Path:
        """Folder with what is computed of labelled ads."""
        return self.data_dir / "labelled"

    @property
    def api_answers_path(self) -> Path:
        """File with what ESCO's web service answered."""
        return self.data_dir / "esco_api.sqlite3"
