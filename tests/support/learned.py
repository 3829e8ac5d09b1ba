"""What is fitted on labelled ads, as a test needs it."""

from isco.core.calibration import LEVELS, LogisticModel
from isco.core.learned_fit import Combination, FormFit, Gain, LearnedFit
from isco.core.records import Form


def learned_fit(members: str = "some", bias: float = 0.5, until: str = "9999") -> LearnedFit:
    """One of both forms that is told from others by its members."""
    models = {level: LogisticModel(bias, {"share": 0.75}) for level in LEVELS}
    fit = FormFit(Combination(0.5), models, Gain(3, 0.25, 0.5))
    return LearnedFit(3, until, members, dict.fromkeys(Form, fit))
