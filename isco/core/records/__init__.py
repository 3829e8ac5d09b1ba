"""The records that travel between the stages. Frozen; none knows how it is stored or shown."""

from isco.core.records.ads import (
    Ad,
    BrokenRow,
    Form,
    Profile,
    Row,
)
from isco.core.records.predictions import (
    NESTED_KEYS,
    PREDICTION_KEYS,
    Candidate,
    Occupation,
    Prediction,
    PredictionPath,
    Versions,
)
from isco.core.records.taxonomy import (
    LANGUAGE_SEPARATOR,
    Concept,
    GroupNote,
    Kind,
)

__all__ = [
    "LANGUAGE_SEPARATOR",
    "NESTED_KEYS",
    "PREDICTION_KEYS",
    "Ad",
    "BrokenRow",
    "Candidate",
    "Concept",
    "Form",
    "GroupNote",
    "Kind",
    "Occupation",
    "Prediction",
    "PredictionPath",
    "Profile",
    "Row",
    "Versions",
]
