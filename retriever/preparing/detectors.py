"""Programs that tell a language by a text, behind one method.

All of them answer by the text alone, the same at every time. Texts come in lower case where they
are titles: shouted ones mislead.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Protocol

from isco.core.errors import UnavailableError
from isco.core.settings import LanguageSettings

# Neighbouring n-grams of a title share letters, and say less than as many apart would
# (docs/decisions/0020).
_SHARPNESS_OF_TITLES = 0.15
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
    """langdetect's profiles, without its draws."""

    def __init__(self, _: LanguageSettings) -> None:
        pass

    def of_text(self, text: str) -> dict[str, float]:
        """As `Detector.of_text`."""
        return dict(_probabilities(text, None, 1.0))

    def of_title(self, title: str, among: Sequence[str] | None = None) -> dict[str, float]:
        """As `Detector.of_title`."""
        if among is not None and len(among) == 1 and _has_letters(title):
            # It can but be that one: the profiles of all, which take long to read, are not needed.
            return {code: 1.0 for code in among if code in _languages()}
        wanted = None if among is None else tuple(among)
        return dict(_probabilities(title, wanted, _SHARPNESS_OF_TITLES))


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
def _probabilities(
    text: str, among: tuple[str, ...] | None, sharpness: float
) -> Mapping[str, float]:
    from isco.retriever.preparing.language_profiles import language_profiles

    return language_profiles().probabilities(text, among, sharpness)


def _has_letters(text: str) -> bool:
    """Whether a text is sure to have n-grams; addresses are not looked at."""
    address = "@" in text or "://" in text
    return text.isascii() and any(map(str.isalpha, text)) and not address


@cache
def _languages() -> frozenset[str]:
    from isco.retriever.preparing.language_profiles import profile_languages

    return frozenset(profile_languages())


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
