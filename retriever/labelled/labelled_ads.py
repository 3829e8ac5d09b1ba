"""The labelled ads, and all ways in which they have a say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isco.core.codes import UNIT_LEVEL
from isco.core.embedding.base import Vectors
from isco.core.learned_fit import Combination
from isco.core.records import Form
from isco.core.settings import LearningSettings
from isco.core.store import LabelledAd
from isco.retriever.labelled.decided_ads import decided_ads
from isco.retriever.labelled.equal_ads import EqualAds
from isco.retriever.labelled.neighbours import LabelledNeighbours
from isco.retriever.labelled.ridge import LabelledRidge, RidgeAds, fit_ridge

Rows = slice | Sequence[int]


@dataclass(frozen=True)
class LabelledAds:
    """`ads` that are jobs, one a decision, the nearest of them by title, and what all of them say;
    `equal` finds those equal to another one, pages that are no job among them.

    Without `ridge` the nearest alone have a say; `combinations` are how it is weighed, by the form
    of the ad that is decided on. `neighbours` is None without `ads`.
    """

    ads: tuple[LabelledAd, ...]
    equal: EqualAds
    neighbours: LabelledNeighbours | None
    ridge: LabelledRidge | None
    combinations: Mapping[Form, Combination]

    def speak_for(self, form: Form) -> bool:
        """Whether they have a say in ads of that form: what bare titles alone say of ads with a
        text, and how sure that is, is not known."""
        return bool(self.ads) and (form == Form.TITLE or form in self.equal.forms)

    def combination_for(self, form: Form) -> Combination:
        """The one for ads of that form: what is known to be good where none was fitted."""
        return self.combinations.get(form, Combination())

    @staticmethod
    def of(
        ads: Sequence[LabelledAd],
        mean_name: Vectors | None,
        settings: LearningSettings,
        ridge: LabelledRidge | None = None,
        combinations: Mapping[Form, Combination] | None = None,
    ) -> "LabelledAds":
        """`mean_name` is the mean of the taxonomy's names; see `LabelledNeighbours`."""
        jobs = tuple(ad for ad in decided_ads(ads) if ad.is_job)
        neighbours = LabelledNeighbours(jobs, mean_name, settings) if jobs else None
        return LabelledAds(jobs, EqualAds(ads), neighbours, ridge, combinations or {})


@dataclass(frozen=True)
class Heard:
    """What the regression says of ads: `outputs`, and `counts`, how many labelled ads have each
    code; both of shape (n, codes)."""

    outputs: NDArray[np.float32]
    counts: NDArray[np.float32]

    def rows(self, positions: Rows) -> "Heard":
        """Of some of the ads."""
        return Heard(self.outputs[positions], self.counts[positions])


@dataclass(frozen=True)
class HeldOut:
    """Some labelled ads as if they, and those equal to them, had not been learned.

    `allowed` says which of all ads may speak for each, shape (n, ads); `outputs` is what the
    regression says of each then, `counts` how many of the others have each code, (n, codes).
    """

    allowed: NDArray[np.bool_]
    outputs: NDArray[np.float32]
    counts: NDArray[np.float32]

    @property
    def heard(self) -> Heard:
        """What the regression says."""
        return Heard(self.outputs, self.counts)

    def rows(self, positions: Rows) -> "HeldOut":
        """Some of them."""
        return HeldOut(self.allowed[positions], self.outputs[positions], self.counts[positions])


FittedRidge = tuple[LabelledRidge, RidgeAds, NDArray[np.float32]]


def ridge_of(
    ads: Sequence[LabelledAd],
    titles: Mapping[str, str],
    mean_name: Vectors | None,
    settings: LearningSettings,
) -> FittedRidge | None:
    """The regression over one labelled ad or more, these as it sees them, and what it says of each
    without itself; `titles` are those of the taxonomy's groups by code. None where it is not
    wanted."""
    if settings.ridge is None:
        return None
    codes = sorted(code for code in titles if len(code) == UNIT_LEVEL)
    members = RidgeAds.of(ads, codes, settings.fitted)
    fitted, without_itself = fit_ridge(members, mean_name, settings.ridge)
    return fitted, members, without_itself
