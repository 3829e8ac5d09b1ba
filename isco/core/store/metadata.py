"""What a collection says of itself: how it was made, from what, and whether it is whole."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from isco.core import __version__
from isco.core.errors import ModelMismatchError
from isco.core.records import LANGUAGE_SEPARATOR, Versions

SCHEMA_VERSION = 3
BUILDING, READY = "building", "ready"

_PREFIX = "isco_occupations"
# Lists in JSON.
_TUPLES = ("ad_centre", "everyday_languages")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.]+")


@dataclass(frozen=True, slots=True)
class CollectionMetadata:
    """Kept in Qdrant as the collection's metadata.

    `embedding_options` are prompts, token limit and model options; `ad_centre` is the mean vector
    of ads whatever the job, of `dimension` numbers; `notice` is what the source's terms ask for.
    `language` is "en", or "en,pl" with the main one first; `points` and `labels` are those of all
    languages, `leaves` those of the taxonomy's graph; `lists` are those of titles whose names are
    there, with how many each has; `everyday_names` are searched for bare titles alone; in the
    `everyday_languages` there are such names of unit groups and nothing else; of so many groups
    there are `notes`; `embed` says what of a concept is: "all", or "main_labels".
    """

    taxonomy: str
    taxonomy_version: str
    language: str
    model: str
    model_revision: str
    dimension: int
    embedding_options: dict[str, Any]
    document_template: str
    source_checksum: str
    points: int
    leaves: int
    labels: int
    codes: int
    ad_centre: tuple[float, ...] = field(default=(), repr=False)
    notice: str | None = None
    lists: dict[str, int] = field(default_factory=dict)
    everyday_names: int = 0
    everyday_languages: tuple[str, ...] = ()
    notes: int = 0
    embed: str = "all"
    schema_version: int = SCHEMA_VERSION

    def to_payload(self, state: str) -> dict[str, Any]:
        """As JSON types with `state`, all keys at once: servers may replace the whole."""
        lists = {key: list(getattr(self, key)) for key in _TUPLES}
        return {**asdict(self), **lists, "state": state}

    @staticmethod
    def from_payload(payload: dict[str, Any] | None) -> "CollectionMetadata | None":
        """The inverse of `to_payload`; None when the collection was made by something else."""
        known = {known.name for known in fields(CollectionMetadata)}
        values = {key: value for key, value in (payload or {}).items() if key in known}
        if values.get("schema_version") != SCHEMA_VERSION:
            return None
        try:
            values |= {key: tuple(values.get(key, ())) for key in _TUPLES}
            return CollectionMetadata(**values)
        except TypeError:
            return None

    @property
    def taxonomy_name(self) -> str:
        """ "esco v1.2.1 en": taxonomy, version and language in one."""
        return f"{self.taxonomy} {self.taxonomy_version} {self.language}"

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the taxonomy, the main one first."""
        return tuple(self.language.split(LANGUAGE_SEPARATOR))

    @property
    def searched_languages(self) -> tuple[str, ...]:
        """Those of the points, the main one first."""
        return tuple(dict.fromkeys((*self.languages, *self.everyday_languages)))

    @property
    def model_name(self) -> str:
        """Model and revision in one."""
        return f"{self.model}@{self.model_revision}"

    @property
    def versions(self) -> Versions:
        """What makes a prediction over the collection, without an LLM."""
        return Versions(
            taxonomy=self.taxonomy_name,
            embedding=self.model_name,
            llm=None,
            prompts=None,
            software=__version__,
        )

    @property
    def vector_space(self) -> dict[str, Any]:
        """The part of it that says whose vectors they are."""
        return {
            "model": self.model,
            "model_revision": self.model_revision,
            "dimension": self.dimension,
        }

    def has_made(self, found: Mapping[str, Any]) -> bool:
        """Whether metadata of another collection are of the same model."""
        return {key: found.get(key) for key in self.vector_space} == self.vector_space

    def require_model(self, name: str, revision: str, dimension: int | None) -> None:
        """Raise ModelMismatchError, naming both, when queries would come from another model.

        A `dimension` that is not known yet is not compared.
        """
        known = self.dimension if dimension is None else dimension
        if (name, revision, known) != (self.model, self.model_revision, self.dimension):
            raise ModelMismatchError(
                f"the collection was built with the embedding model {self.model_name} "
                f"({self.dimension} dimensions), but {name}@{revision} ({dimension or '?'}) is "
                "configured: run isco ingest with this model, or configure that one"
            )


def collection_name(metadata: CollectionMetadata, now: datetime | None = None) -> str:
    """isco_occupations__<taxonomy>__<model>__<stamp>; the stamp is UTC to the millisecond."""
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%S%f")[:-3]
    return "__".join((_PREFIX, slug(metadata.taxonomy_name), slug(metadata.model), stamp))


def is_ours(name: str) -> bool:
    """Whether a collection's name has the form of `collection_name`."""
    return name.startswith(f"{_PREFIX}__") and name.count("__") == 3


def slug(text: str) -> str:
    """`text` as part of a collection's name: lower case, letters, digits, dots and dashes."""
    return _NOT_IN_NAMES.sub("-", text.lower()).strip("-.")
