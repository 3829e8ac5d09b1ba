"""What an LLM changed, or what one could. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from isco.core.codes import UNIT_LEVEL
from isco.core.records import PredictionPath
from isco.evaluation.metrics import accuracy
from isco.evaluation.scored_ads import ScoredAd


@dataclass(frozen=True, slots=True)
class AskedPoint:
    """If the LLM were asked about that `share` of the ads alone, those whose answer without it has
    a confidence `below` that: the accuracy over all ads."""

    share: float
    below: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class RerankingResult:
    """What the LLM's second opinion changed. `asked` ads were put to it, `share` of all.

    `ceiling` is the accuracy over all ads if it always chose the right code where it was offered
    and the vote stood elsewhere; `failed` counts the ads on which it gave no usable answer. `curve`
    is what asking less would have given: of those asked, the ones that were least sure without it.
    """

    asked: int
    share: float
    failed: int
    declined: int
    accuracy_without: float
    accuracy_with: float
    ceiling: float
    curve: tuple[AskedPoint, ...] = ()

    @property
    def harms(self) -> bool:
        """Whether the answers are worse with it."""
        return self.accuracy_with < self.accuracy_without

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        found = asdict(self)
        curve = found.pop("curve")
        return {
            **_rounded(found),
            "curve": [_rounded(point) for point in curve],
        }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The ads that an LLM would be asked about: their neighbours disagree. `share` of all.

    Of those whose answer is wrong, `within_reach` have their code among the candidates. `accuracy`
    and `ceiling` are over all ads: what it is, and what it would be if all of those were put right.
    """

    n: int
    share: float
    within_reach: int
    accuracy: float
    ceiling: float

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types, shares with four decimals."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def reranking_result(ads: Sequence[ScoredAd]) -> RerankingResult | None:
    """What the LLM changed; None when it was not asked."""
    asked = [ad for ad in ads if ad.offered]
    if not asked:
        return None
    paths = Counter(ad.path for ad in asked)
    within = sum(ad.gold in ad.offered if ad.offered else ad.gold == ad.vote for ad in ads)
    gold = [ad.gold for ad in ads]
    return RerankingResult(
        asked=len(asked),
        share=len(asked) / len(ads),
        failed=paths[PredictionPath.FALLBACK],
        declined=paths[PredictionPath.DECLINED],
        accuracy_without=accuracy(gold, [ad.vote for ad in ads], UNIT_LEVEL),
        accuracy_with=accuracy(gold, [ad.code for ad in ads], UNIT_LEVEL),
        ceiling=within / len(ads),
        curve=_asked_curve(ads, asked),
    )


def _asked_curve(ads: Sequence[ScoredAd], asked: Sequence[ScoredAd]) -> tuple[AskedPoint, ...]:
    """A point for each tenth of the ads, and one for all that were asked."""
    known = [(ad.vote_confidence, ad) for ad in asked if ad.vote_confidence is not None]
    if len(known) < len(asked):
        return ()
    known.sort(key=lambda pair: pair[0])
    right = sum(ad.gold == ad.vote for ad in ads)
    by_tenths = [len(ads) * tenth // 10 for tenth in range(10)]
    points = []
    for count in dict.fromkeys([*(n for n in by_tenths if n < len(known)), len(known)]):
        gained = sum((ad.code == ad.gold) - (ad.vote == ad.gold) for _, ad in known[:count])
        below = known[count][0] if count < len(known) else 1.0
        points.append(AskedPoint(count / len(ads), below, (right + gained) / len(ads)))
    return tuple(points)


def disagreement(ads: Sequence[ScoredAd]) -> Disagreement | None:
    """The ads on which the neighbours disagree, and what settling them rightly would bring.

    None without ads, and when an LLM was asked: `reranking_result` says what it did.
    """
    if not ads or any(ad.offered for ad in ads):
        return None
    open_ = [ad for ad in ads if ad.path.disagreed]
    within_reach = sum(not ad.right and ad.gold in ad.candidates for ad in open_)
    right = sum(ad.right for ad in ads)
    return Disagreement(
        n=len(open_),
        share=len(open_) / len(ads),
        within_reach=within_reach,
        accuracy=right / len(ads),
        ceiling=(right + within_reach) / len(ads),
    )
