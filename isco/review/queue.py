"""Which ads people should code, and in which order. Pure.

Ads of equal titles are one group and need one decision. First come those whose decision teaches
most: uncertain ones of codes of which little is asked yet. Among them are ads drawn at random from
those that nobody would look at, so that it can be counted how many of these are right.
"""

import heapq
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from isco.core.names import name_key
from isco.review.answers import NOT_ASKED, AnsweredAd

BELOW = 0.8
RANDOM_SHARE = 0.1
SEED = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Ads of equal titles, which one decision is for. `ads[0]` is the one that is shown.

    `drawn` counts those of its accepted ads that were drawn at random; 0 where it is here to teach.
    """

    ads: tuple[AnsweredAd, ...]
    drawn: int = 0

    @property
    def shown(self) -> AnsweredAd:
        """The ad that stands for all."""
        return self.ads[0]

    @property
    def at_random(self) -> bool:
        """Whether it was drawn, to see how right the accepted answers are."""
        return self.drawn > 0


@dataclass(frozen=True, slots=True)
class Queue:
    """`groups` in the order in which to ask. Of all answers so many ads are `accepted`, `unsure`
    and `not_asked` (people coded them, or there is no job); `groups_unsure` is how many decisions
    all unsure ones would take."""

    groups: tuple[Group, ...]
    accepted: int
    unsure: int
    not_asked: int
    groups_unsure: int

    @property
    def drawn(self) -> int:
        """Accepted ads that were drawn at random."""
        return sum(group.drawn for group in self.groups)


def is_asked(answer: AnsweredAd) -> bool:
    """Whether there is a job that nobody has coded yet."""
    return answer.path not in NOT_ASKED and bool(answer.title or answer.text)


def is_unsure(answer: AnsweredAd, below: float) -> bool:
    """Whether an ad has no whole code, or one that is less sure than `below`."""
    return not answer.is_whole or answer.confidence < below


def make_queue(
    answers: Iterable[AnsweredAd],
    below: float = BELOW,
    budget: int | None = None,
    random_share: float = RANDOM_SHARE,
    seed: int = SEED,
) -> Queue:
    """The groups to ask about: `budget` of them at most, or all that are unsure.

    `random_share` (0 up to, but not, 1) of them are drawn from the accepted ads, each as likely as
    any other, and stand at even distances, so that every beginning of the queue has its share.
    """
    if not 0 <= random_share < 1:
        raise ValueError(f"random_share is {random_share}; it is at least 0 and less than 1")
    asked: list[AnsweredAd] = []
    left = 0
    for answer in answers:
        if is_asked(answer):
            asked.append(answer)
        else:
            left += 1
    unsure = [answer for answer in asked if is_unsure(answer, below)]
    accepted = [answer for answer in asked if not is_unsure(answer, below)]
    groups = alike(unsure)
    number = len(groups) if budget is None else min(budget, len(groups))
    wanted = _drawn_of(number, budget, random_share)
    drawn = draw(accepted, wanted, seed)
    if budget is not None:
        number = min(len(groups), budget - len(drawn))
    teaching = most_teaching(groups, number)
    return Queue(
        _mixed(teaching, drawn), len(accepted), len(unsure), left, groups_unsure=len(groups)
    )


def alike(answers: Sequence[AnsweredAd]) -> list[Group]:
    """Groups of equal titles, in order of first appearance; an ad without a title is alone.

    Shown is the first of those that have the code that most of them have.
    """
    found: dict[str, list[AnsweredAd]] = {}
    for answer in answers:
        key = name_key(answer.title) or f"\0{answer.position}"
        found.setdefault(key, []).append(answer)
    return [Group(_typical_first(ads)) for ads in found.values()]


def draw(accepted: Sequence[AnsweredAd], wanted: int, seed: int = SEED) -> list[Group]:
    """Ads drawn at random, each with those of its title and code, in random order.

    Several that are drawn from one group make it count as often.
    """
    order = random.Random(seed).sample(range(len(accepted)), min(wanted, len(accepted)))
    groups: dict[tuple[str, str | None], list[AnsweredAd]] = {}
    for answer in accepted:
        groups.setdefault(_accepted_key(answer), []).append(answer)
    times = Counter(_accepted_key(accepted[place]) for place in order)
    found: dict[tuple[str, str | None], Group] = {}
    for place in order:
        first = accepted[place]
        key = _accepted_key(first)
        if key not in found:
            others = [ad for ad in groups[key] if ad is not first]
            found[key] = Group((first, *others), times[key])
    return list(found.values())


def most_teaching(groups: Sequence[Group], number: int) -> list[Group]:
    """The `number` groups that teach most, the first most.

    What a decision teaches is how unsure its ads are, for each code that they may be in as much as
    it is probable, and the less the more was asked about that code before.
    """
    asked: dict[str, float] = {}
    # What a group teaches only ever falls: the old value of one is no less than the new.
    heap = [(-_teaches(group, asked), place) for place, group in enumerate(groups)]
    heapq.heapify(heap)
    chosen: list[Group] = []
    while heap and len(chosen) < number:
        _, place = heapq.heappop(heap)
        group = groups[place]
        now = (-_teaches(group, asked), place)
        if heap and now > heap[0]:
            heapq.heappush(heap, now)
            continue
        chosen.append(group)
        for code in group.shown.codes:
            asked[code.isco_code] = asked.get(code.isco_code, 0.0) + code.probability
    return chosen


def _teaches(group: Group, asked: Mapping[str, float]) -> float:
    shown = group.shown
    total = sum(code.probability for code in shown.codes)
    new = sum(code.probability / (1 + asked.get(code.isco_code, 0.0)) for code in shown.codes)
    return (1 - shown.sure) * sqrt(len(group.ads)) * (new / total if total else 1.0)


def _accepted_key(answer: AnsweredAd) -> tuple[str, str | None]:
    return name_key(answer.title) or f"\0{answer.position}", answer.isco_code


def _typical_first(ads: Sequence[AnsweredAd]) -> tuple[AnsweredAd, ...]:
    codes = Counter(ad.best.isco_code if ad.best else None for ad in ads)
    common = codes.most_common(1)[0][0]
    first = next(ad for ad in ads if (ad.best.isco_code if ad.best else None) == common)
    return (first, *(ad for ad in ads if ad is not first))


def _drawn_of(number: int, budget: int | None, share: float) -> int:
    """How many are drawn beside, or of a budget within, `number` decisions."""
    return round(share * (number / (1 - share) if budget is None else budget))


def _mixed(teaching: Sequence[Group], drawn: Sequence[Group]) -> tuple[Group, ...]:
    """Both, each in its order, the drawn ones at even distances."""
    places = [((place + 0.5) / len(teaching), group) for place, group in enumerate(teaching)]
    places += [((place + 0.5) / len(drawn), group) for place, group in enumerate(drawn)]
    return tuple(group for _, group in sorted(places, key=lambda each: each[0]))
