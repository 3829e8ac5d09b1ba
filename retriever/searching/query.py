"""What is searched for: what an ad says of its job, and the languages it may say it in."""

from dataclasses import dataclass

from isco.core.records import Form, Profile
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
    def of_title(text: str, detector: LanguageDetector) -> "Query":
        """For a text such as a job title, in the taxonomy's languages that it may be in."""
        title = one_line(text)
        language = detector.detect(title)
        return Query(Profile(title, ""), languages=language.guesses, foreign=language.is_foreign)
