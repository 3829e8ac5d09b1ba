"""How right the occupations are, where people named these and not the code alone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isco.evaluation.intervals import Counted
from isco.evaluation.reliability import Reliability, reliability
from isco.evaluation.scored_ads import ScoredAd

DEPTH = 5


@dataclass(frozen=True, slots=True)
class OccupationResult(Counted):
    """Of `n` ads whose label names occupations, `right` are those that were given one of them.

    `given` ads were given one at all; `right_codes` have the right code, and `of_right_codes` is
    the share of right occupations among these. `recall` is the share whose occupation is among the
    first five; `reliability` that of the probability, None where no ad was given one.
    """

    n: int
    right: int
    given: int
    right_codes: int
    of_right_codes: float
    recall: float
    reliability: Reliability | None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        found = self.reliability
        return {
            "n": self.n,
            "accuracy": round(self.accuracy, 4),
            "interval": [round(end, 4) for end in self.interval],
            "given": self.given,
            "right_codes": self.right_codes,
            "of_right_codes": round(self.of_right_codes, 4),
            f"recall@{DEPTH}": round(self.recall, 4),
            "ece": found and round(found.ece, 4),
            "ece_by_chance": found and round(found.by_chance, 4),
        }


def occupation_result(ads: Sequence[ScoredAd]) -> OccupationResult | None:
    """Of those ads that people gave an occupation; None where there is none."""
    known = [ad for ad in ads if ad.known_occupations]
    if not known:
        return None
    given = [ad for ad in known if ad.occupation]
    right_codes = [ad for ad in known if ad.code in (ad.gold, *ad.also)]
    return OccupationResult(
        n=len(known),
        right=sum(ad.right_occupation for ad in known),
        given=len(given),
        right_codes=len(right_codes),
        of_right_codes=sum(ad.right_occupation for ad in right_codes) / max(len(right_codes), 1),
        recall=sum(not ad.known_occupations.isdisjoint(ad.occupations[:DEPTH]) for ad in known)
        / len(known),
        reliability=reliability(
            [ad.occupation_probability for ad in given], [ad.right_occupation for ad in given]
        ),
    )
