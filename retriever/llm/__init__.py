"""Language models: one Protocol, one file a backend, two verbs over all of them."""

import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from isco.core.errors import IscoError, UnavailableError
from isco.core.redaction import redacted
from isco.core.settings import LlmSettings
from isco.retriever.llm.base import Backend

__all__ = ["Chosen", "backend_problem", "choose_backend", "identify_model", "open_backend"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which backend is used, "none" if none, and why: a sentence for people."""

    backend: str
    reason: str


def choose_backend(settings: LlmSettings, has: Callable[[str], bool] | None = None) -> Chosen:
    """The backend that `llm.backend` names, or what "auto" makes of configuration and hardware.

    `has` says whether a package is installed; by default it looks.
    """
    installed = has or _is_installed
    if settings.backend == "none":
        return Chosen("none", "llm.backend says so")
    if settings.backend != "auto":
        return Chosen(settings.backend, "llm.backend names it")
    if settings.url:
        return Chosen("openai", f"llm.url is set ({redacted(settings.url)})")
    if not settings.model:
        return Chosen("none", "neither llm.url nor llm.model is set")
    gguf = settings.model.endswith(".gguf")
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    if apple and not gguf and installed("mlx_lm"):
        return Chosen("mlx", "llm.model is set, and this is Apple silicon with mlx-lm")
    where = "a GGUF file" if gguf else "no Apple silicon with mlx-lm here"
    return Chosen("transformers", f"llm.model is set ({where})")


def open_backend(settings: LlmSettings) -> Backend | None:
    """Load or reach the configured model; None when there is to be none.

    Raises ConfigError when the configuration lacks something, UnavailableError, saying what to
    install or start, when the model can't be had.
    """
    chosen = choose_backend(settings)
    if chosen.backend == "none":
        return None
    try:
        return _OPENERS[chosen.backend](settings)
    except ImportError as error:
        raise UnavailableError(
            f"the LLM backend {chosen.backend!r} can't be loaded ({error}): pip install "
            f"{_INSTALLS[chosen.backend]!r}, or choose another llm.backend"
        ) from error


def backend_problem(settings: LlmSettings, has: Callable[[str], bool] | None = None) -> str | None:
    """What stands in the way of the configured model, as far as it shows without loading it.

    A server is asked; for a model on this machine its packages and its name must be there.
    """
    backend = choose_backend(settings, has).backend
    if backend == "openai":
        try:
            _openai(settings)
        except IscoError as error:
            return str(error)
        return None
    missing = [name for name in _PACKAGES.get(backend, ()) if not (has or _is_installed)(name)]
    if missing:
        return (
            f"the LLM backend {backend!r} needs {' and '.join(missing)}: pip install "
            f"{_INSTALLS[backend]!r}, or choose another llm.backend"
        )
    if backend in _PACKAGES and not settings.model:
        return f"llm.backend {backend} has nothing to load: set llm.model"
    return None


def identify_model(settings: LlmSettings) -> str | None:
    """The configured model as "name@revision", found out without loading it; None without one.

    A server is asked, a local model's files are sampled. Raises as `open_backend` does where a
    server can't be asked.
    """
    backend = choose_backend(settings).backend
    if backend == "none":
        return None
    if backend == "openai":
        served = _openai(settings)
        return f"{served.name}@{served.revision}"
    from isco.retriever.llm.model_files import local_identity

    return "@".join(local_identity(settings))


def _is_installed(package: str) -> bool:
    return find_spec(package) is not None


def _mlx(settings: LlmSettings) -> Backend:
    from isco.retriever.llm.mlx import MlxBackend

    return MlxBackend(settings)


def _transformers(settings: LlmSettings) -> Backend:
    from isco.retriever.llm.transformers import TransformersBackend

    return TransformersBackend(settings)


def _openai(settings: LlmSettings) -> Backend:
    from isco.retriever.llm.openai import OpenAIBackend

    return OpenAIBackend(settings)


_OPENERS: Mapping[str, Callable[[LlmSettings], Backend]] = {
    "mlx": _mlx,
    "transformers": _transformers,
    "openai": _openai,
}
# What each imports that a plain installation may lack.
_PACKAGES: Mapping[str, Sequence[str]] = {
    "mlx": ("mlx_lm",),
    "transformers": ("torch", "transformers"),
}
_INSTALLS = {"mlx": "isco[mlx]", "transformers": "isco[llm]", "openai": "isco"}
