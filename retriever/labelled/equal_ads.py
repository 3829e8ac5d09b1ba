"""Ads that were coded before: the same ad, equal ads, and ads of the same title. Pure.

How often equal ads were coded equally says how sure such a code is. Codes of equal ads are seen as
draws from the Ewens distribution (the "Chinese restaurant process"): one more ad has a code that
k of n have with probability k / (n + θ), and two have the same with probability 1 / (1 + θ), which
is counted. One decision on several ads is one draw.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from isco.core.calibration import LEVELS
from isco.core.codes import UNIT_LEVEL, truncate
from isco.core.names import name_key
from isco.core.records import Form
from isco.core.store import NO_JOB, LabelledAd
from isco.retriever.labelled.decided_ads import decided_ads

# How often equal codes are expected by digits, and how many titles that counts as: coders of Polish
# ads gave equal titles equal codes .79 of the time.
_TITLES: Mapping[int, float] = {4: 0.79, 3: 0.83, 2: 0.87, 1: 0.91}
_ADS: Mapping[int, float] = {4: 0.95, 3: 0.96, 2: 0.97, 1: 0.98}
_COUNTS_AS = 10


def content_key(title: str, text: str) -> str:
    """What ads of the same clean title and plain text have in common, whatever their case."""
    content = f"{name_key(title)}\0{name_key(text)}"
    return hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=16).hexdigest()


def form_of(ad: LabelledAd) -> Form:
    """What a labelled ad consists of; its text need not have been kept."""
    if not ad.content:
        return Form.of(ad.text)
    return Form.TITLE if ad.content == content_key(ad.title, "") else Form.TEXT


@dataclass(frozen=True, slots=True)
class CodedAd:
    """What people coded an ad as: `codes`, several where several are right, in `sources`.

    `confidence` is how often an ad like that would be coded so again; `others` are the codes that
    equal ads were given besides. A page that they found to be no job has the code NO_JOB.
    """

    codes: tuple[str, ...]
    sources: tuple[str, ...]
    confidence: float
    others: tuple[str, ...]

    @property
    def is_job(self) -> bool:
        """False for a page that people found to be no job ad."""
        return NO_JOB not in self.codes


class Agreement:
    """How often ads that are equal in some respect have equal codes. `groups` are such ads."""

    def __init__(
        self, groups: Iterable[Sequence[LabelledAd]], expected: Mapping[int, float]
    ) -> None:
        rates: dict[int, list[float]] = {level: [] for level in LEVELS}
        for ads in groups:
            for level in LEVELS if len(ads) > 1 else ():
                # Pairs of ads of the same group, so that a title that is everywhere is one title.
                counts = Counter(
                    truncate(ad.isco_code, level) for ad in ads if len(ad.isco_code) >= level
                )
                pairs = counts.total() * (counts.total() - 1)
                if pairs:
                    rates[level].append(sum(n * (n - 1) for n in counts.values()) / pairs)
        found = {
            level: (sum(rates[level]) + _COUNTS_AS * expected[level])
            / (len(rates[level]) + _COUNTS_AS)
            for level in LEVELS
        }
        self._theta = {level: 1 / rate - 1 for level, rate in found.items()}

    def probability(self, equal: int, ads: int, level: int) -> float:
        """Of the group of that level that so many of `ads` equal ones are in."""
        return equal / (ads + self._theta[level])


class EqualAds:
    """Looks up labelled `ads` by what they are; `forms` are those that there are."""

    def __init__(self, ads: Sequence[LabelledAd]) -> None:
        self._same: dict[tuple[str, str], list[LabelledAd]] = {}
        self._equal: dict[str, list[LabelledAd]] = {}
        self._titled: dict[tuple[str, Form], list[LabelledAd]] = {}
        self.forms: set[Form] = set()
        for ad in ads:
            title, form = name_key(ad.title), form_of(ad)
            self.forms.add(form)
            self._same.setdefault((ad.id, title), []).append(ad)
            if ad.content:
                self._equal.setdefault(ad.content, []).append(ad)
            if title:
                self._titled.setdefault((title, form), []).append(ad)
        self._titled = {title: decided_ads(titled) for title, titled in self._titled.items()}
        self.among_equal = Agreement(map(decided_ads, self._equal.values()), _ADS)
        self.among_titles = Agreement(self._titled.values(), _TITLES)

    def coded(self, ad_id: str | None, title: str, content: str) -> CodedAd | None:
        """What people coded the ad as: the one of that id and title, or else all that equal it.

        None where nobody did, and where they contradict each other.
        """
        equal = self._equal.get(content, [])
        own = self._same.get((ad_id, name_key(title)), []) if ad_id else []
        for ads in (own, equal):
            if ads and len({ad.codes for ad in ads}) == 1:
                return self._as_coded(ads, [*own, *(ad for ad in equal if ad not in own)])
        return None

    def contradictions(self, content: str) -> tuple[str, ...]:
        """The codes, ascending, that equal ads were given; none where they agree."""
        codes = {ad.codes for ad in self._equal.get(content, ())}
        return tuple(sorted({code for some in codes for code in some})) if len(codes) > 1 else ()

    def sure_of_title(self, title: str, form: Form, groups: Mapping[int, str]) -> dict[int, float]:
        """How sure `groups`, by level, are of an ad of that title and form; empty where no labelled
        ad is like that, or none of them is in the group of the deepest level."""
        titled = self._titled.get((name_key(title), form), ())
        ads = [ad for ad in titled if len(ad.isco_code) in LEVELS]
        found: dict[int, float] = {}
        for level, code in groups.items():
            known = [ad for ad in ads if len(ad.isco_code) >= level]
            equal = sum(ad.isco_code.startswith(code) for ad in known)
            if level == UNIT_LEVEL and not equal:
                return {}
            if equal:
                found[level] = self.among_titles.probability(equal, len(known), level)
        return found

    def _as_coded(self, ads: Sequence[LabelledAd], equal: Sequence[LabelledAd]) -> CodedAd:
        codes = ads[0].codes
        equal = decided_ads(equal)
        agreeing = sum(ad.codes == codes for ad in equal)
        others = sorted({code for ad in equal for code in ad.codes} - set(codes))
        return CodedAd(
            codes,
            tuple(sorted({ad.source for ad in ads})),
            self.among_equal.probability(
                agreeing, len(equal), min(UNIT_LEVEL, max(map(len, codes)))
            ),
            tuple(others),
        )
