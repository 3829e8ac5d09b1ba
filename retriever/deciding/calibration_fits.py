"""Fit the confidence on labelled ads; fits as YAML, the one that is shipped and people's own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from isco.core.codes import truncate
from isco.core.errors import ConfigError
from isco.core.settings import ConfidenceSettings
from isco.retriever.deciding.calibration import (
    FEATURES,
    LEVELS,
    Calibration,
    Evidence,
    LogisticModel,
)

SHIPPED = "default"
NOTE = "confidence"
# Inverse strength of the penalty on weights of standardised features, for the weight of one set.
_PENALTY = 0.3
_WEIGHT_OF_A_SET = 1000.0
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class ScoredEvidence:
    """What a decision rested on, the code that people gave the ad, and how much it counts."""

    evidence: Evidence
    gold: str
    weight: float = 1.0

    def right(self, level: int) -> bool:
        """Whether the group of that level is the one that people gave."""
        return self.evidence.codes[level] == truncate(self.gold, level)


def equal_sets(sets: Sequence[Sequence[tuple[Evidence, str]]]) -> list[ScoredEvidence]:
    """All pairs of evidence and gold code, each set counting as much as each other."""
    return [
        ScoredEvidence(evidence, gold, _WEIGHT_OF_A_SET / len(pairs))
        for pairs in sets
        for evidence, gold in pairs
    ]


def fit_calibration(scored: Sequence[ScoredEvidence], origin: str, embedding: str) -> Calibration:
    """Fit all models on `scored`, whose evidence must have all features.

    Raises ValueError when there is nothing to tell right from wrong by.
    """
    return Calibration(
        origin=origin,
        embedding=embedding,
        full={level: _fit(scored, level, FEATURES) for level in LEVELS},
        by_share={level: _fit(scored, level, FEATURES[:1]) for level in LEVELS},
    )


def configured_calibration(
    settings: ConfidenceSettings, notes: Mapping[str, Any]
) -> Calibration | None:
    """The fit that is configured; instead of the shipped one that of the labelled ads' `notes`.

    Raises ConfigError when the configured one is none.
    """
    if settings.fit is None:
        return None
    if settings.fit == SHIPPED and NOTE in notes:
        return calibration_of(notes[NOTE])
    return load_calibration(settings.fit)


def load_calibration(name: str) -> Calibration:
    """The fit `name` that is shipped, or the one in a YAML file. ConfigError when it is none."""
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


def calibration_as_dict(fit: Calibration) -> dict[str, Any]:
    """As plain YAML types, numbers with four decimals."""
    values = asdict(fit)
    for key in ("full", "by_share"):
        for model in values[key].values():
            model["bias"] = round(model["bias"], _DIGITS)
            model["weights"] = {n: round(w, _DIGITS) for n, w in model["weights"].items()}
    return values


def note_of(fit: Calibration | None) -> dict[str, Any]:
    """What is kept with the labelled ads, for `configured_calibration`."""
    return {NOTE: calibration_as_dict(fit)} if fit else {}


def _fit(scored: Sequence[ScoredEvidence], level: int, names: Sequence[str]) -> LogisticModel:
    """Weights of the raw features: those of the standardised ones, unfolded."""
    rows = [item.evidence.features(level) for item in scored]
    features = np.array([[row[name] for name in names] for row in rows])
    right = np.array([item.right(level) for item in scored])
    if right.all() or not right.any():
        raise ValueError(f"all answers at level {level} are {'right' if right.all() else 'wrong'}")
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread == 0] = 1
    # Here, because commands that fit nothing would wait a second for it.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_PENALTY, max_iter=1000)
    model.fit(
        (features - mean) / spread, right, sample_weight=np.array([item.weight for item in scored])
    )
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weights @ mean)
    return LogisticModel(bias, dict(zip(names, map(float, weights), strict=True)))
