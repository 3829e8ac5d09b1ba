"""Configuration: defaults < a file < profiles < environment (`ISCO_QDRANT__URL`) < flags.

The defaults are those of the models in isco/core/settings/. The shipped config.yaml says the same
to people, with comments, and is not read. An unknown key is an error that names the nearest known
one.
"""

import difflib
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from isco.core.errors import ConfigError, SettingsWarning
from isco.core.redaction import redacted
from isco.core.settings import Settings

ENV_PREFIX = "ISCO_"
# The format of standard error, and what is for the tests.
_NOT_SETTINGS = ("ISCO_LOG_FORMAT", "ISCO_TEST_")
SECRET_KEYS = ("qdrant.api_key", "qdrant.read_only_api_key", "llm.api_key", "serve.token")

# Where a flag, or a caller's keyword, comes from, in messages.
_GIVEN = "an option"
_PACKAGED = Path(__file__).parent / "defaults"
_CHECKOUT = Path(__file__).parents[2]


def default_config_path() -> Path:
    """The shipped config.yaml, which documents every key: in the package, or atop a checkout."""
    return _shipped("config.yaml")


def profile_path(name: str) -> Path:
    """The file of a profile given by name ("paper") or by path.

    Raises ConfigError naming the known profiles when there is none.
    """
    given = Path(name)
    if given.suffix in {".yaml", ".yml"}:
        if given.is_file():
            return given
        raise ConfigError(f"profile file {name} does not exist")
    folder = _shipped("profiles")
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        raise ConfigError(f"unknown profile {name!r}; known profiles: {', '.join(known)}")
    return folder / f"{name}.yaml"


def load_settings(
    config_file: Path | None = None,
    profiles: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings, later sources over earlier ones.

    `flags` is what the caller decides: dotted keys with values ({"search.top": 20}), or sections
    ({"search": {"top": 20}}).
    Warns (SettingsWarning) of variables that look like settings and are none. Raises ConfigError
    on an unreadable file, an unknown key or a value out of bounds.
    """
    environment = os.environ if environment is None else environment
    merged = Settings().model_dump()
    known = set(_dotted_keys(merged))
    for message in _misspelt(environment, known):
        warnings.warn(message, SettingsWarning, stacklevel=2)
    files = ([config_file] if config_file else []) + [profile_path(name) for name in profiles]
    layers = [
        *((_without_secrets(_read_yaml(path), str(path)), str(path)) for path in files),
        *(
            (_nested(key, value), name)
            for key, value, name in _environment_values(environment, known)
        ),
        *(
            (_without_secrets(_nested(key, value), _GIVEN), _GIVEN)
            for key, value in (flags or {}).items()
        ),
    ]
    for layer, origin in layers:
        _check_keys(layer, merged, known, origin)
        merged = _overlay(merged, layer)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise ConfigError(_explain(error)) from error


def changed_settings(settings: Settings) -> dict[str, Any]:
    """Dotted keys whose value is not the default's, with that value.

    Fit to be shown: secrets are asterisks, also those in addresses.
    """
    before, now = (dict(_leaves(each.model_dump(mode="json"))) for each in (Settings(), settings))
    return {
        key: redacted(value) if isinstance(value, str) else value
        for key, value in now.items()
        if key not in before or before[key] != value
    }


def _shipped(name: str) -> Path:
    packaged = _PACKAGED / name
    return packaged if packaged.exists() else _CHECKOUT / name


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"can't read the configuration {path}: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold keys and values, not a {type(content).__name__}")
    return content


def _dotted_keys(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        name = f"{prefix}{key}"
        yield name
        if isinstance(value, Mapping):
            yield from _dotted_keys(value, f"{name}.")


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _is_open(key: str) -> bool:
    """Whether `key` lies below a section whose keys are the user's own."""
    return key.startswith(("embedding.model_options.", "language.shares."))


def _without_secrets(layer: Mapping[str, Any], origin: str) -> Mapping[str, Any]:
    """`layer` as it is; ConfigError when it holds a secret."""
    for key in set(SECRET_KEYS) & set(_dotted_keys(layer)):
        raise ConfigError(
            f"{origin}: {key} is a secret; only the variable {_variable(key)} sets it"
        )
    return layer


def _check_keys(
    layer: Mapping[str, Any], merged: Mapping[str, Any], known: set[str], origin: str, at: str = ""
) -> None:
    """ConfigError unless every key of `layer` is known, and a section where a section belongs."""
    for name, value in layer.items():
        key, old = f"{at}{name}", merged.get(name)
        if "." in str(name):
            raise ConfigError(f"{origin}: {key!r} must be written as a section with keys below it")
        if isinstance(value, Mapping) and value and not _is_open(f"{key}."):
            _check_keys(value, old if isinstance(old, Mapping) else {}, known, origin, f"{key}.")
            continue
        _require_known(key, known, origin)
        if isinstance(old, Mapping) and not isinstance(value, Mapping):
            raise ConfigError(f"{origin}: {key} is a section, and needs keys below it")


def _require_known(key: str, known: set[str], origin: str) -> None:
    if key not in known:
        nearest = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
        raise ConfigError(f"{origin}: unknown key {key!r}; the nearest known one is {nearest!r}")


def _overlay(base: Mapping[str, Any], layer: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in layer.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _overlay(old, value) if both else value  # type: ignore[arg-type]
    return merged


def _variable(key: str) -> str:
    return ENV_PREFIX + key.upper().replace(".", "__")


def _environment_values(
    environment: Mapping[str, str], known: set[str]
) -> Iterator[tuple[str, Any, str]]:
    """Yield (key, value, variable). A variable counts when it is a key, or has the form of one.

    `ISCO_DATA_DIR` and `ISCO_QDRANT__URL` are keys; `ISCO_TEST_QDRANT_URL` is someone else's.
    """
    for variable, text in environment.items():
        if not variable.startswith(ENV_PREFIX):
            continue
        key = variable.removeprefix(ENV_PREFIX).lower().replace("__", ".")
        if key not in known and "." not in key:
            continue
        if key in SECRET_KEYS:
            yield key, text, variable
            continue
        try:
            yield key, yaml.safe_load(text), variable
        except yaml.YAMLError as error:
            raise ConfigError(f"{variable} is not a valid value: {error}") from error


def _misspelt(environment: Mapping[str, str], known: set[str]) -> Iterator[str]:
    """What to say of each variable that begins as ours do, and is neither a key nor known else.

    Those that have the form of a key, or name a section, are errors where they are read.
    """
    foreign = (*_NOT_SETTINGS, *_of_kubernetes(environment))
    sections = {key.rpartition(".")[0] for key in known}
    variables = [_variable(key) for key in known - sections]
    for variable in environment:
        if not variable.startswith(ENV_PREFIX) or variable.startswith(foreign):
            continue
        name = variable.removeprefix(ENV_PREFIX)
        if name and "__" not in name and name.lower() not in known:
            nearest = difflib.get_close_matches(variable, variables, n=1)
            hint = f": did you mean {nearest[0]}?" if nearest else ""
            yield f"the variable {variable} is no setting, and is not used{hint}"


def _of_kubernetes(environment: Mapping[str, str]) -> Iterator[str]:
    """Beginnings of the variables that Kubernetes gives every container for a service.

    Of a service called isco-qdrant these are ISCO_QDRANT_SERVICE_HOST, ISCO_QDRANT_PORT and more.
    """
    for variable in environment:
        service, mark, rest = variable.partition("_SERVICE_HOST")
        if mark and not rest:
            yield from (f"{service}_SERVICE_", f"{service}_PORT")


def _nested(key: str, value: Any) -> dict[str, Any]:
    """A dotted key and its value as a file would hold them, one section in another."""
    for part in reversed(key.split(".")):
        value = {part: value}
    return dict(value)


def _explain(error: ValidationError) -> str:
    problems = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        problems.append(f"{key}: {item['msg']} (got {item['input']!r})")
    return "configuration: " + "; ".join(problems)
