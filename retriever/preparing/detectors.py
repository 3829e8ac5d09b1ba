"""Programs that tell a language by a text, behind one method.

All of them answer by the text alone, the same at every time. Texts come in lower case where they
are titles: shouted ones mislead.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Protocol

from isco.core.errors import UnavailableError
from isco.core.settings import LanguageSettings

# Of langdetect's seven two find the same languages on real ads and titles, in half the time.
_DRAWS = 2
# It counts the few n-grams of a title hundreds of times over: so much of its certainty is left
# (docs/decisions/0009).
_TEMPER, _LEAST = 0.37, 1e-3
# Texts of a feed that is looked at before it is classified; 5 KB each.
_KEPT = 1024


class Detector(Protocol):
    """Probabilities by ISO 639-1 code; none where nothing is known."""

    def of_text(self, text: str) -> dict[str, float]:
        """Of all languages that it knows, for a text of some sentences."""
        ...

    def of_title(self, title: str, among: Sequence[str] | None = None) -> dict[str, float]:
        """Of those `among` which to choose that it knows, or of all, for a few words."""
        ...


def open_detector(settings: LanguageSettings) -> Detector:
    """The configured one. UnavailableError, with the command that installs it, where it lacks."""
    return _DETECTORS[settings.detector](settings)


class Langdetect:
    """langdetect draws at random; seeded anew for every text, it answers by the text alone."""

    def __init__(self, settings: LanguageSettings) -> None:
        self._seed = settings.seed

    def of_text(self, text: str) -> dict[str, float]:
        """As `Detector.of_text`."""
        return dict(_probabilities(self._seed, text, None))

    def of_title(self, title: str, among: Sequence[str] | None = None) -> dict[str, float]:
        """As `Detector.of_title`."""
        if among is not None and len(among) == 1 and _has_letters(title):
            # It can but be that one: the profiles of all, which take long to read, are not needed.
            return {code: 1.0 for code in among if code in _langdetect_languages()}
        known = _langdetect(self._seed).langlist
        wanted = known if among is None else [code for code in among if code in known]
        found = _probabilities(self._seed, title, tuple(wanted))
        tempered = {code: (found[code] + _LEAST) ** _TEMPER for code in wanted if code in found}
        total = sum(tempered.values())
        return {code: p / total for code, p in tempered.items()}


class Py3langid:
    """py3langid: naive Bayes over bytes, without chance."""

    def __init__(self, _: LanguageSettings) -> None:
        self._identifier = _py3langid()

    def of_text(self, text: str) -> dict[str, float]:
        """As `Detector.of_text`."""
        return dict(self._identifier.rank(text)) if text.strip() else {}

    def of_title(self, title: str, among: Sequence[str] | None = None) -> dict[str, float]:
        """As `Detector.of_title`."""
        every = self.of_text(title)
        found = {code: p for code, p in every.items() if among is None or code in among}
        total = sum(found.values())
        return {code: p / total for code, p in found.items()} if total else {}


@lru_cache(_KEPT)
def _probabilities(seed: int, text: str, among: tuple[str, ...] | None) -> Mapping[str, float]:
    """Of the languages `among` which to choose, or of all; none where nothing is known."""
    from langdetect.lang_detect_exception import LangDetectException

    factory = _langdetect(seed)
    detector = factory.create()
    detector.n_trial = _DRAWS
    if among is not None:
        if not among:
            return {}
        detector.set_prior_map(dict.fromkeys(among, 1.0))
    detector.append(text)
    try:
        detector.get_probabilities()
    except LangDetectException:
        return {}
    # What it returns lacks the less probable ones.
    return dict(zip(factory.langlist, map(float, detector.langprob), strict=True))


def _has_letters(text: str) -> bool:
    """Whether langdetect is sure to find letters in a text; it looks at no addresses."""
    address = "@" in text or "://" in text
    return text.isascii() and any(map(str.isalpha, text)) and not address


@cache
def _langdetect_languages() -> frozenset[str]:
    """The languages that it has profiles of, a file each."""
    from langdetect.detector_factory import PROFILES_DIRECTORY

    return frozenset(path.name for path in Path(PROFILES_DIRECTORY).iterdir())


@cache
def _langdetect(seed: int) -> Any:
    """The profiles of all languages; reading them takes longer than a thousand detections."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.seed = seed
    return factory


@cache
def _py3langid() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        raise UnavailableError(
            "language.detector py3langid is not installed: pip install 'isco[language]'"
        ) from error
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


_DETECTORS: Mapping[str, Callable[[LanguageSettings], Detector]] = {
    "langdetect": Langdetect,
    "py3langid": Py3langid,
}
