"""What the labels themselves allow: several right codes, and codes of fewer digits. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from isco.core.codes import UNIT_LEVEL
from isco.evaluation.metrics import accuracy
from isco.evaluation.scored_ads import ScoredAd


@dataclass(frozen=True, slots=True)
class Labelling:
    """`several` ads have more than one right code; the first one counts as the known one.

    `unambiguous` is the share with one alone, `accuracy_of_unambiguous` that of right answers among
    these; `one_of_many` the share of all whose answer is any of their codes, four digits.
    `shorter` ads have a code of fewer digits and are in no other measure; `shorter_right` are those
    whose answer agrees with it as far as both go.
    """

    several: int
    unambiguous: float
    accuracy_of_unambiguous: float
    one_of_many: float
    shorter: int
    shorter_right: int

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def labelling(ads: Sequence[ScoredAd], shorter: Sequence[ScoredAd]) -> Labelling | None:
    """None where every ad has one code of four digits."""
    clear = [ad for ad in ads if not ad.also]
    if len(clear) == len(ads) and not shorter:
        return None
    return Labelling(
        several=len(ads) - len(clear),
        unambiguous=len(clear) / len(ads) if ads else 0.0,
        accuracy_of_unambiguous=accuracy(
            [ad.gold for ad in clear], [ad.code for ad in clear], UNIT_LEVEL
        ),
        one_of_many=sum(ad.code in (ad.gold, *ad.also) for ad in ads) / len(ads) if ads else 0.0,
        shorter=len(shorter),
        shorter_right=sum(_agree(ad) for ad in shorter),
    )


def _agree(ad: ScoredAd) -> bool:
    """Whether one of the codes and the answer are in one another."""
    code = ad.code or ""
    known = (ad.gold, *ad.also)
    return bool(code) and any(one.startswith(code) or code.startswith(one) for one in known)
