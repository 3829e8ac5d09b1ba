"""Which calibration is used: the shipped one, a file of one's own, that of the labelled ads."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import yaml

from isco.core.calibration import Calibration
from isco.core.errors import ConfigError
from isco.core.learned_fit import LearnedFit
from isco.core.settings import ConfidenceSettings

SHIPPED = "default"


def configured_calibration(
    settings: ConfidenceSettings, learned: LearnedFit | None
) -> Calibration | None:
    """The one that is configured; in the shipped one, what is fitted on labelled ads.

    Raises ConfigError when the configured one is none.
    """
    if settings.fit is None:
        return None
    found = load_calibration(settings.fit)
    if settings.fit == SHIPPED and learned:
        return replace(found, origin=learned.origin, fitted=learned.confidence)
    return found


def load_calibration(name: str) -> Calibration:
    """The shipped one of that `name`, or the one in a YAML file. ConfigError when it is none."""
    bundled = files("isco.retriever.deciding") / "fits" / f"{name}.yaml"
    try:
        text = (bundled if bundled.is_file() else Path(name)).read_text(encoding="utf-8")
        return Calibration.of(yaml.safe_load(text))
    except OSError as error:
        raise ConfigError(
            f"confidence.fit: {name!r} is neither {SHIPPED!r} nor a file that can be read "
            f"({error.strerror or error})"
        ) from error
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"confidence.fit: {name} is no fit of the confidence: {error}") from error


def write_calibration(path: Path, calibration: Calibration) -> None:
    """As `load_calibration` reads it."""
    text = yaml.safe_dump(
        calibration.as_dict(),
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=100,
    )
    path.write_text(text, encoding="utf-8")
