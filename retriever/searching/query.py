"""What is searched for: what an ad says of its job, and the languages it may say it in."""

from collections.abc import Sequence
from dataclasses import dataclass

from isco.core.records import Form, Profile
from isco.core.settings import LanguageSettings
from isco.retriever.preparing.language import LanguageDetector, LanguageGuess
from isco.retriever.preparing.plain_text import one_line


@dataclass(frozen=True, slots=True)
class Query:
    """The `profile` of an ad, and its whole plain text for the search by words.

    `languages` are those in which it is searched, the most probable one first; of several the one
    whose names it meets best is taken. Without any it is searched in the main language; `foreign`
    says that it is known to be in one that the taxonomy lacks.
    """

    profile: Profile
    text: str = ""
    languages: tuple[LanguageGuess, ...] = ()
    foreign: bool = False

    @property
    def form(self) -> Form:
        """What the ad consists of."""
        return Form.of(self.text)

    @staticmethod
    def of_title(text: str, settings: LanguageSettings, languages: Sequence[str]) -> "Query":
        """For a text such as a job title, in the taxonomy's `languages` that it may be in."""
        title = one_line(text)
        guesses = LanguageDetector(settings, languages).detect(title, "").guesses
        return Query(Profile(title, ""), languages=guesses)
