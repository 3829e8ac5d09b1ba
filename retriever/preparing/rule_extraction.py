"""What an ad says of the job, by rules: the job in its title, the most job-like sentences."""

from dataclasses import dataclass

from isco.core.records import Ad, Profile
from isco.core.settings import ExtractionSettings
from isco.retriever.preparing.empty_titles import EmptyTitles
from isco.retriever.preparing.plain_text import plain_text
from isco.retriever.preparing.sentences import SentencePicker
from isco.retriever.preparing.titles import TitleCleaner


@dataclass(frozen=True, slots=True)
class Extracted:
    """`profile` is what the job is; `text` all that the ad says of it."""

    profile: Profile
    text: str


class RuleExtractor:
    """The rules for titles and for texts."""

    def __init__(self, settings: ExtractionSettings) -> None:
        self._max_characters = settings.max_characters
        self._titles = TitleCleaner()
        self._sentences = SentencePicker()
        self._empty = EmptyTitles()

    def profile(self, ad: Ad) -> Profile:
        """The profile of an ad, as `extract` makes it."""
        return self.extract(ad.title, plain_text(ad.description)).profile

    def extract(self, title: str, text: str) -> Extracted:
        """Of a title and a plain text the clean title, and up to `extraction.max_characters`.

        Without a title that says something and a job-like sentence, the text as it begins, and the
        first words in it that say something as the title: something to go by.
        """
        title, found = self.title(title), self._sentences.pick(text, self._max_characters)
        best = found.best
        if not best and self._empty.is_empty(title):
            best = " ".join(text.split())[: self._max_characters]
            title = self._opening(text) or title
        return Extracted(Profile(title=title, description=best), found.all)

    def _opening(self, text: str) -> str:
        """What a text begins with, as a title; nothing where it says nothing of the job."""
        titles = map(self.title, self._sentences.openings(text))
        return next((title for title in titles if not self._says_nothing(title)), "")

    def _says_nothing(self, title: str) -> bool:
        return self._empty.is_none(title) or self._empty.is_empty(title)

    def title(self, title: str) -> str:
        """The job in a title, as `TitleCleaner.clean`."""
        return self._titles.clean(title)

    def sentences(self, text: str, characters: int | None = None) -> str:
        """The most job-like sentences of a plain text, as one paragraph.

        Up to `characters` of them, or else `extraction.max_characters`.
        """
        return self._sentences.pick(text, characters or self._max_characters).best
