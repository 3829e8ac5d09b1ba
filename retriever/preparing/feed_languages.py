"""The mix of languages in a feed, from its first ads: what a single title can't tell, many do.

Expectation maximisation over the mixing weights (Dempster, Laird & Rubin 1977): each ad is shared
out among the languages that it may be in, the weights are the shares' sum, and so on.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from isco.core.records import Ad, Row
from isco.core.settings import LanguageSettings, Settings
from isco.retriever.preparing.detectors import open_detector
from isco.retriever.preparing.language import LOOKED_AT, declared_language, looks_long
from isco.retriever.preparing.preprocessor import Preprocessor

LOOKED_AHEAD = 200
_FEWEST = 20
_ROUNDS = 20
_LEAST = 0.01


def feed_shares(
    rows: Iterable[Row], settings: Settings, preprocessor: Preprocessor | None = None
) -> dict[str, float] | None:
    """The share of each language among the first 200 ads, to two decimals, those of note alone.

    What `preprocessor` has read of them is not read again, nor what is read here. None where fewer
    than 20 of them leave their language open: there is nothing to help.
    """
    ads = [row for row in islice(rows, LOOKED_AHEAD) if isinstance(row, Ad)]
    if sum(declared_language(ad.language) is None for ad in ads) < _FEWEST:
        return None
    preprocessor = (preprocessor or Preprocessor(settings)).among(settings.language)
    found = [likely for ad in ads if (likely := _likely(ad, preprocessor, settings.language))]
    shares = _mixture(found)
    return {code: round(share, 2) for code, share in shares.items() if share >= _LEAST}


def _likely(ad: Ad, preprocessor: Preprocessor, settings: LanguageSettings) -> Mapping[str, float]:
    """How probable each language is for that ad, were all of them as frequent."""
    if declared := declared_language(ad.language):
        return {declared: 1.0}
    preprocessed = preprocessor.preprocess(ad)
    title, text = preprocessed.profile.title, preprocessed.profile.description
    detector = open_detector(settings)
    if looks_long(text):
        return detector.of_text(f"{text} {title}"[:LOOKED_AT])
    return detector.of_title(f"{title} {text}".strip()[:LOOKED_AT].lower())


def _mixture(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    codes = sorted({code for likely in found for code in likely})
    shares = dict.fromkeys(codes, 1 / max(len(codes), 1))
    for _ in range(_ROUNDS):
        sums = dict.fromkeys(codes, 0.0)
        for likely in found:
            weighted = {code: p * shares[code] for code, p in likely.items()}
            total = sum(weighted.values())
            for code, p in weighted.items():
                sums[code] += p / total if total else 0.0
        shares = {code: value / len(found) for code, value in sums.items()}
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))
