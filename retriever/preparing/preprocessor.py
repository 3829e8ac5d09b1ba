"""What the rules make of an ad before any model sees it; the same ad again costs nothing."""

from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock

from cachetools import LRUCache

from isco.core.records import Ad, Profile
from isco.core.settings import Settings
from isco.retriever.preparing.language import LanguageDetector
from isco.retriever.preparing.plain_text import one_line, plain_text
from isco.retriever.preparing.prompt_injection import without_prompt_injection
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.preparing.screening import Screen

# About 2 KB each.
_KEPT = 16_384


@dataclass(frozen=True, slots=True)
class PreprocessedAd:
    """`profile` is what the job is, `language` a code or None; `no_job` says why it is none."""

    profile: Profile
    language: str | None
    no_job: str | None


class Preprocessor:
    """Takes orders to the machine out, screens, extracts by rules, finds the language.

    Safe to share between threads.
    """

    def __init__(self, settings: Settings) -> None:
        self.screen = Screen(settings.screening)
        self.rules = RuleExtractor(settings.extraction)
        self._language = LanguageDetector(settings.language)
        self._recent: LRUCache[bytes, PreprocessedAd] = LRUCache(_KEPT)
        self._lock = Lock()

    def preprocess(self, ad: Ad) -> PreprocessedAd:
        """What the rules make of an ad as it came."""
        key = _key(ad)
        with self._lock:
            known = self._recent.get(key)
        if known:
            return known
        title = without_prompt_injection(ad.title)
        text = plain_text(without_prompt_injection(ad.description))
        profile = self.rules.profile_of(title, text)
        # A title says little of the language, and titles in English stand over ads in others.
        words = f"{profile.description} {profile.title}"
        language = self._language.detect(words, ad.language)
        preprocessed = PreprocessedAd(
            profile, language.code, self.screen.reason(one_line(title), text)
        )
        with self._lock:
            self._recent[key] = preprocessed
        return preprocessed


def _key(ad: Ad) -> bytes:
    content = "\0".join((ad.title, ad.language or "", ad.description))
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).digest()
