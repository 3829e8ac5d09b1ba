"""How an ad is read: its columns, what is no ad, its language, what the job is, and the LLM."""

import codecs
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from isco.core.settings.section import Section


def _known_encoding(name: str) -> str:
    if name == "auto":
        return name
    try:
        "".encode(name)
        return codecs.lookup(name).name
    except LookupError as error:
        raise ValueError(f"{name!r} is no encoding; such are utf-8 and cp1252") from error


class InputSettings(Section):
    """Names of the columns that hold an ad, and how its file is read."""

    id: str = "id"
    title: str = "title"
    description: str = "description"
    language: str = "language"
    isco_code: str = "isco_code"
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "auto"
    quoting: Literal["auto", "none", "standard"] = "auto"
    records: str | None = None
    sheet: str | None = None


class ScreeningSettings(Section):
    """When a page is no job."""

    min_characters: int = Field(default=2, ge=1)
    page_characters: int = Field(default=800, ge=0)


class LanguageSettings(Section):
    """Language detection."""

    detector: Literal["langdetect", "py3langid"] = "langdetect"
    min_probability: float = Field(default=0.5, ge=0, le=1)
    shares: dict[str, Annotated[float, Field(ge=0, le=1)]] | None = None


class TranslationSettings(Section):
    """Which ads an LLM translates, and how."""

    when: Literal["auto", "always", "never"] = "auto"
    prompt: str = Field(default="translation", min_length=1)
    piece_characters: int = Field(default=1500, ge=100)


class ExtractionSettings(Section):
    """Who says what the job is, and how much of an ad's text is kept."""

    by: Literal["rules", "llm"] = "rules"
    max_characters: int = Field(default=500, ge=50)
    prompt: str = Field(default="extraction", min_length=1)
    text_characters: int = Field(default=3000, ge=200)


class LlmSettings(Section):
    """Which LLM answers, and how it is reached."""

    backend: Literal["auto", "none", "mlx", "transformers", "openai"] = "auto"
    model: str | None = None
    revision: str | None = None
    url: str | None = None
    concurrency: int = Field(default=8, ge=1)
    timeout: float = Field(default=120.0, gt=0)
    retries: int = Field(default=4, ge=0)
    give_up_after: int | None = Field(default=20, ge=1)
    batch_size: int = Field(default=8, ge=1)
    device: str | None = None
    threads: int | None = Field(default=None, ge=1)
    seed: int = 0
    api_key: SecretStr | None = None
