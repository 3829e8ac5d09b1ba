"""What the rules make of an ad before any model sees it; the same ad again costs nothing."""

from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import dataclass, replace
from hashlib import blake2b
from threading import Lock

from cachetools import LRUCache

from isco.core.records import Ad, Profile
from isco.core.settings import LanguageSettings, Settings
from isco.retriever.preparing.abbreviations import write_out
from isco.retriever.preparing.empty_titles import EmptyTitles
from isco.retriever.preparing.figures_of_speech import without_figures
from isco.retriever.preparing.language import (
    Language,
    LanguageDetector,
    declared_language,
)
from isco.retriever.preparing.person_served import without_person_served
from isco.retriever.preparing.prompt_injection import read_text, read_title
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.preparing.screening import Screen

# A few KB each.
_KEPT = 8_192
# No text of that many letters stands where there is none.
_PLACEHOLDER = 60


@dataclass(frozen=True, slots=True)
class PreprocessedAd:
    """`profile` is what the job is, `text` all that the ad says of it, `language` what that is in;
    `named` whether the title says anything of the job; `no_job` why there is none."""

    profile: Profile
    text: str
    language: Language
    named: bool
    no_job: str | None


@dataclass(frozen=True, slots=True)
class _Read:
    """What is read of an ad whatever its language."""

    profile: Profile
    text: str
    no_job: str | None


class Preprocessor:
    """Takes orders to the machine out, screens, extracts by rules, finds the language.

    `languages` are those of the taxonomy; `said` gives the share of a title's words that its main
    one knows, `everyday` are those with everyday names alone. Safe to share between threads.
    """

    def __init__(
        self,
        settings: Settings,
        languages: Sequence[str] = (),
        said: Callable[[str], float] | None = None,
        everyday: Collection[str] = (),
    ) -> None:
        self.screen = Screen(settings.screening)
        self.rules = RuleExtractor(settings.extraction)
        self._said = said
        self._everyday = everyday
        self._language = LanguageDetector(settings.language, languages, said, everyday)
        self._empty = EmptyTitles()
        self._recent: LRUCache[bytes, PreprocessedAd] = LRUCache(_KEPT)
        self._read: LRUCache[bytes, _Read] = LRUCache(_KEPT)
        self._lock = Lock()

    def among(self, settings: LanguageSettings, languages: Sequence[str] = ()) -> "Preprocessor":
        """This one as it finds other languages; what the two read otherwise they share."""
        other = copy(self)
        other._language = LanguageDetector(settings, languages, self._said, self._everyday)
        other._recent = LRUCache(_KEPT)
        return other

    def preprocess(self, ad: Ad) -> PreprocessedAd:
        """What the rules make of an ad as it came."""
        key = _key(ad)
        with self._lock:
            known, read = self._recent.get(key), self._read.get(key)
        if known:
            return known
        read = read or self._read_by_rules(ad)
        profile, language = self._written_out(read.profile, ad.language)
        preprocessed = PreprocessedAd(
            profile=profile,
            text=read.text,
            language=language,
            named=not self._empty.is_empty(profile.title),
            no_job=read.no_job,
        )
        with self._lock:
            self._recent[key], self._read[key] = preprocessed, read
        return preprocessed

    def _read_by_rules(self, ad: Ad) -> _Read:
        title, text = read_title(ad.title), read_text(ad.description)
        instead = title if self._empty.is_none(title) else ""
        title = "" if instead else title
        if len(text) < _PLACEHOLDER and self._empty.is_none(text.strip()):
            text = ""
        extracted = self.rules.extract(title, text)
        return _Read(extracted.profile, extracted.text, self.screen.reason(title, text, instead))

    def _written_out(self, profile: Profile, declared: str | None) -> tuple[Profile, Language]:
        """The title as the job that it is, in words, and the language of the ad."""
        title = without_person_served(without_figures(profile.title))
        language = self._language.detect(title, profile.description, declared)
        codes = [language.code] if language.code else []
        written = write_out(title, [*codes, *(guess.code for guess in language.guesses)])
        if written.language and not profile.description and not declared_language(declared):
            # So few letters told nothing; the abbreviation does.
            language = self._language.detect(written.title, "", written.language)
        return replace(profile, title=written.title), language


def _key(ad: Ad) -> bytes:
    content = "\0".join((ad.title, ad.language or "", ad.description))
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).digest()
