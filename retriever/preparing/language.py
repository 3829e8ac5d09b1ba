"""Which language an ad is in: what the feed says, else what its text, or its title, looks like.

A long text tells its language among all that there are. A title alone tells little: "Plumber"
looks Indonesian, "Cook" Dutch. It is asked after among the languages of the taxonomy and of the
feed, and where it stays unsure several are named, for the search to settle by the names it finds.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from isco.core.settings import LanguageSettings
from isco.retriever.preparing.detectors import open_detector
from isco.retriever.preparing.plain_text import letters
from isco.retriever.preparing.rules import load_rules

LOOKED_AT = 150
_KEPT = 16_384
# Fewer letters than this tell a language only among a few.
_LONG_ENOUGH = 60
# In so many of the taxonomy's languages a title that does not say its own is searched.
_MOST = 3
# The share of a language that the feed's first ads did not show.
_UNSEEN = 0.01
# Of a job's title in the taxonomy's one language it knows a larger share of the words.
_LITTLE_SAID = 0.34
# Those in which ads come; among all languages of the world a title is found in any.
_LIKELY = ("en", "de", "fr", "es", "it", "pl", "nl", "cs", "sv", "pt")
_DECLARED = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]+)*", re.IGNORECASE)
# ISO 639 has these for what is in no language, in several, or in one that is not known.
_NONE = frozenset({"mis", "mul", "und", "zxx"})
# Of Norwegian's two written forms there are no profiles and no names of their own.
_NORWEGIAN = frozenset({"nb", "nn"})


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """A language of the taxonomy that a text may be in, and how probable that is (0 to 1)."""

    code: str
    probability: float


@dataclass(frozen=True, slots=True)
class Language:
    """An ISO 639-1 code (None where it is open), how probable it is, and in which languages of
    the taxonomy to search; in the main one where `guesses` is empty."""

    code: str | None
    probability: float
    guesses: tuple[LanguageGuess, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Whether it is known, and the taxonomy lacks it."""
        return self.code is not None and not self.guesses


def language_name(code: str) -> str:
    """The English name of a language ("pl" → "Polish"); of one not listed, the code itself."""
    return str(load_rules("languages").get(code, code))


def declared_language(tag: str | None) -> str | None:
    """The code of a language tag ("de", "de-AT", "deu", "nb_NO"), ISO 639-1 where there is one.

    None where it names no language.
    """
    match = _DECLARED.fullmatch((tag or "").strip())
    code = _shortest(match.group(1).lower()) if match else ""
    if not code or code in _NONE:
        return None
    return "no" if code in _NORWEGIAN else code


@lru_cache
def _shortest(code: str) -> str:
    if len(code) == 2:
        return code
    # Its tables take longer to read than a hundred detections.
    from langcodes import standardize_tag

    return standardize_tag(code)


def looks_long(text: str) -> bool:
    """Whether a text tells its language among all that there are."""
    return letters(text) >= _LONG_ENOUGH


class LanguageDetector:
    """Answers by the text alone, the same at every time; `languages` are those of the taxonomy.

    Where the feed's mix of languages is known, one that the taxonomy lacks is recognised too.
    `said` gives the share of a title's words that a taxonomy in one language knows: a title of
    which it knows little is told apart from that language, though it is searched in it. Of the
    languages `everyday` the taxonomy has everyday names alone: a title all of whose words its main
    one knows is in none of them.
    """

    def __init__(
        self,
        settings: LanguageSettings,
        languages: Sequence[str] = (),
        said: Callable[[str], float] | None = None,
        everyday: Collection[str] = (),
    ) -> None:
        self._settings = settings
        self._said = said
        self._everyday = frozenset(everyday)
        self._languages = tuple(languages)
        shares = settings.shares or {}
        self._among = tuple(dict.fromkeys((*self._languages, *shares)))
        self._prior = {code: shares.get(code, 0.0) + _UNSEEN for code in self._among}
        self._detector = open_detector(settings)
        self._of_text = lru_cache(_KEPT)(self._detect_text)
        self._of_title = lru_cache(_KEPT)(self._detect_title)

    def detect(self, title: str, text: str = "", declared: str | None = None) -> Language:
        """The language of an ad with that clean title and text.

        `declared` stands when it is the tag of a language.
        """
        if code := declared_language(declared):
            return Language(code, 1.0, self._in_taxonomy(code))
        if looks_long(text) or not self._languages:
            # A title says little of the language, and those in English stand over ads in others.
            return self._of_text(f"{text} {title}"[:LOOKED_AT])
        return self._of_title(f"{title} {text}".strip()[:LOOKED_AT])

    def _in_taxonomy(self, code: str) -> tuple[LanguageGuess, ...]:
        return (LanguageGuess(code, 1.0),) if code in self._languages else ()

    def _detect_text(self, text: str) -> Language:
        found = self._detector.of_text(text)
        if not found:
            return Language(None, 0.0)
        code, probability = max(found.items(), key=lambda pair: pair[1])
        known = probability >= self._settings.min_probability
        guesses = self._in_taxonomy(code) if known else ()
        return Language(code if known else None, round(probability, 4), guesses)

    def _detect_title(self, title: str) -> Language:
        if self._said and len(self._among) == 1 and self._said(title) <= _LITTLE_SAID:
            return self._detect_stranger(title)
        among = self._among
        if self._everyday and self._said and self._said(title) >= 1:
            among = tuple(code for code in among if code not in self._everyday)
        weighed = {
            code: p * self._prior[code]
            for code, p in self._detector.of_title(title.lower(), among).items()
        }
        total = sum(weighed.values())
        if not total:
            return Language(None, 0.0)
        ranked = sorted(
            (LanguageGuess(code, round(p / total, 4)) for code, p in weighed.items()),
            key=lambda guess: (-guess.probability, self._among.index(guess.code)),
        )
        best = ranked[0]
        code = best.code if best.probability >= self._settings.min_probability else None
        if code and code not in self._languages:
            return Language(code, best.probability)
        known = tuple(guess for guess in ranked if guess.code in self._languages)
        return Language(code, best.probability, known[:_MOST])

    def _detect_stranger(self, title: str) -> Language:
        """Of a title of whose words the taxonomy's one language knows few."""
        own = self._among[0]
        likely = tuple(dict.fromkeys((own, *_LIKELY)))
        found = self._detector.of_title(title.lower(), likely)
        if not found:
            return Language(None, 0.0)
        code, probability = max(found.items(), key=lambda pair: pair[1])
        known = probability >= self._settings.min_probability
        guesses = (LanguageGuess(own, 1.0),)
        return Language(code if known else None, round(probability, 4), guesses)
