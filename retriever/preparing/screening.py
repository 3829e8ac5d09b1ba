"""Is it a job ad at all? Error pages, walls and stubs are told apart from ads, with the reason."""

import re

from isco.core.settings import ScreeningSettings
from isco.retriever.preparing.plain_text import letters
from isco.retriever.preparing.rules import any_of, load_rules

# How many different parts of an ad (duties, requirements, …) make a text an ad, whatever it
# says about cookies.
_JOB_EVIDENCE = 2


class Screen:
    """Compiled rules of `rules/screening.yaml`."""

    def __init__(self, settings: ScreeningSettings) -> None:
        self._settings = settings
        kinds = dict(load_rules("screening"))
        job_nouns = "|".join(kinds.pop("job nouns"))
        not_a_job_title = rf"(?!\w*(?:\s+\w+){{0,2}}\s+(?:{job_nouns})s?\b)"
        self._kinds = [
            (
                kind,
                any_of(rules["title"], prefix=r"^\W*", suffix=not_a_job_title),
                any_of(rules["text"]),
            )
            for kind, rules in kinds.items()
        ]
        self._job_parts: list[re.Pattern[str]] = [
            any_of(part["headings"] + part["phrases"], prefix=r"(?<!\w)", suffix=r"(?!\w)")
            for name, part in load_rules("sections").items()
            if name in {"duties", "requirements", "benefits"}
        ]

    def reason(self, title: str, text: str, instead: str = "") -> str | None:
        """Why the page is no job, as one sentence; None for an ad. The texts are plain.

        `instead` is what stood where there is no title.
        """
        if len(text) >= self._settings.page_characters:
            return None
        whole = f"{title}\n{text}"
        for kind, title_rule, text_rule in self._kinds:
            found = title_rule.search(title) or text_rule.search(whole)
            if found and not self.reads_like_an_ad(text):
                shown = " ".join(found.group(0).split())[:60]
                return (
                    f"The page reads like {_article(kind)} {kind} ({shown!r}), not like a job ad."
                )
        if letters(title) + letters(text) < self._settings.min_characters:
            if instead:
                return f"There is no title, but {instead[:60]!r}, and no text."
            return "The ad is empty or nearly empty."
        return None

    def reads_like_an_ad(self, text: str) -> bool:
        """Whether a plain text has several of the parts that ads have."""
        return sum(bool(part.search(text)) for part in self._job_parts) >= _JOB_EVIDENCE


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
