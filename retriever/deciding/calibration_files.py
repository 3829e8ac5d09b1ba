"""Calibrations as YAML: the one that is shipped, people's own, the one fitted on labelled ads."""

from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from isco.core.errors import ConfigError
from isco.core.settings import ConfidenceSettings
from isco.retriever.deciding.calibration import (
    FEATURES,
    LEVELS,
    Calibration,
    LogisticModel,
)

SHIPPED = "default"
NOTE = "confidence"
_DIGITS = 4


def configured_calibration(
    settings: ConfidenceSettings, notes: Mapping[str, Any]
) -> Calibration | None:
    """The one that is configured; instead of the shipped one that of the labelled ads' `notes`.

    Raises ConfigError when the configured one is none.
    """
    if settings.fit is None:
        return None
    if settings.fit == SHIPPED and NOTE in notes:
        return calibration_of(notes[NOTE])
    return load_calibration(settings.fit)


def load_calibration(name: str) -> Calibration:
    """The shipped one of that `name`, or the one in a YAML file. ConfigError when it is none."""
    bundled = files("isco.retriever.deciding") / "fits" / f"{name}.yaml"
    try:
        text = (bundled if bundled.is_file() else Path(name)).read_text(encoding="utf-8")
        return calibration_of(yaml.safe_load(text))
    except OSError as error:
        raise ConfigError(
            f"confidence.fit: {name!r} is neither {SHIPPED!r} nor a file that can be read "
            f"({error.strerror or error})"
        ) from error
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"confidence.fit: {name} is no fit of the confidence: {error}") from error


def calibration_of(values: Mapping[str, Any]) -> Calibration:
    """The inverse of `calibration_as_dict`, levels as numbers or, from JSON, as strings."""
    models: dict[str, dict[int, LogisticModel]] = {}
    for key in ("full", "by_share"):
        by_level = {int(level): model for level, model in values[key].items()}
        models[key] = {
            level: LogisticModel(
                float(by_level[level]["bias"]),
                {name: float(w) for name, w in by_level[level]["weights"].items()},
            )
            for level in LEVELS
        }
    for name in {name for m in models["full"].values() for name in m.weights} - set(FEATURES):
        raise ValueError(f"there is no feature {name!r}")
    return Calibration(
        str(values["origin"]), str(values["embedding"]), models["full"], models["by_share"]
    )


def calibration_as_dict(calibration: Calibration) -> dict[str, Any]:
    """As plain YAML types, numbers with four decimals."""
    values = asdict(calibration)
    for key in ("full", "by_share"):
        for model in values[key].values():
            model["bias"] = round(model["bias"], _DIGITS)
            model["weights"] = {n: round(w, _DIGITS) for n, w in model["weights"].items()}
    return values


def note_of(calibration: Calibration | None) -> dict[str, Any]:
    """What is kept with the labelled ads, for `configured_calibration`."""
    return {NOTE: calibration_as_dict(calibration)} if calibration else {}
