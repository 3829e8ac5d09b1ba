"""What an ad says of the job, by an LLM: title, sentence, skills, seniority, industry.

A model's whim never gets into the output: each field is held against the ad, and one that is
missing, absurd or nowhere grounded in it is taken from the rules instead, and the profile says so.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from pydantic import BaseModel, field_validator, model_validator

from isco.core.records import Ad, Profile
from isco.core.settings import ExtractionSettings
from isco.retriever.llm.base import Failure
from isco.retriever.llm.model import LanguageModel
from isco.retriever.llm.prompts import load_prompt
from isco.retriever.preparing.plain_text import one_line, plain_text
from isco.retriever.preparing.rule_extraction import RuleExtractor

Seniority = Literal[
    "intern", "assistant", "professional", "senior", "team lead", "manager", "executive"
]
_SENIORITIES = get_args(Seniority)

_WORD = re.compile(r"[^\W\d_]+")
_STEM = 4
_TITLE_WORDS, _TITLE_CHARACTERS = 5, 80
_SENTENCE_CHARACTERS = (15, 400)
_GROUNDED_SHARE = 0.4
_SKILLS, _SKILL_WORDS = 20, 8
_INDUSTRY_WORDS = 6


class Extracted(BaseModel):
    """What the model is asked for. A field of the wrong type counts as missing."""

    is_job: bool | None = None
    title: str | None = None
    description: str | None = None
    skills: list[str] = []
    seniority: Seniority | None = None
    industry: str | None = None

    @field_validator("title", "description", "industry", mode="before")
    @classmethod
    def _text_or_nothing(cls, value: Any) -> str | None:
        text = one_line(value) if isinstance(value, str) else ""
        return None if text.casefold() in {"", "null", "none", "n/a", "unknown"} else text

    @field_validator("skills", mode="before")
    @classmethod
    def _texts_alone(cls, value: Any) -> list[str]:
        return (
            [one_line(item) for item in value if isinstance(item, str)]
            if isinstance(value, list)
            else []
        )

    @field_validator("seniority", mode="before")
    @classmethod
    def _known_or_nothing(cls, value: Any) -> str | None:
        text = value.strip().casefold() if isinstance(value, str) else ""
        return text if text in _SENIORITIES else None

    @field_validator("is_job", mode="before")
    @classmethod
    def _yes_no_or_nothing(cls, value: Any) -> bool | None:
        if isinstance(value, str):
            return {"true": True, "yes": True, "false": False, "no": False}.get(value.casefold())
        return value if isinstance(value, bool) else None

    @model_validator(mode="after")
    def _says_something(self) -> "Extracted":
        if self.is_job is None and self.title is None:
            raise ValueError("neither is_job nor title is there")
        return self


@dataclass(frozen=True, slots=True)
class Extraction:
    """A profile, and whether the model takes the page for a job ad (None: it did not say)."""

    profile: Profile
    is_job: bool | None


class LlmExtractor:
    """Profiles by a language model, where it fails by `rules`."""

    def __init__(
        self, model: LanguageModel, rules: RuleExtractor, settings: ExtractionSettings
    ) -> None:
        self._model = model
        self._rules = rules
        self._characters = settings.text_characters
        self._prompt = load_prompt("extraction", settings.prompt)
        self.prompt_version = self._prompt.label

    def extract(self, ads: Sequence[Ad]) -> list[Extraction]:
        """One extraction an ad, in order."""
        prompts = [
            self._prompt.render(
                title=one_line(ad.title), text=self._shown(plain_text(ad.description))
            )
            for ad in ads
        ]
        answers = self._model.generate(prompts, Extracted) if prompts else []
        return [self._extraction(ad, answer) for ad, answer in zip(ads, answers, strict=True)]

    def _shown(self, text: str) -> str:
        """A text that is too long for the prompt by its most job-like sentences."""
        return (
            text if len(text) <= self._characters else self._rules.sentences(text, self._characters)
        )

    def _extraction(self, ad: Ad, answer: Extracted | Failure) -> Extraction:
        rules = self._rules.profile(ad)
        if isinstance(answer, Failure):
            made_by = f"rules (LLM {answer.kind}: {answer.detail})"
            return Extraction(replace(rules, extracted_by=made_by), None)
        written = f"{one_line(ad.title)} {plain_text(ad.description)}"
        ground = stems(written)
        title = answer.title if _is_title(answer.title, ground, written) else None
        description = answer.description if _is_sentence(answer.description, ground) else None
        by_rules = [
            name
            for name, value in (("title", title), ("description", description))
            if value is None
        ]
        profile = Profile(
            title=title or rules.title,
            description=description or rules.description,
            skills=_skills(answer.skills, ground),
            seniority=answer.seniority,
            industry=_industry(answer.industry),
            extracted_by=f"LLM, {' and '.join(by_rules)} by rules" if by_rules else "LLM",
        )
        return Extraction(profile, answer.is_job)


def _is_title(title: str | None, ground: frozenset[str], written: str) -> bool:
    """Whether it is one to five words of which the ad has at least one; digits are no words.

    Where words are not set apart, as in Chinese, the ad must have it as it stands.
    """
    if title is None or len(title) > _TITLE_CHARACTERS or len(title.split()) > _TITLE_WORDS:
        return False
    own = stems(title)
    return bool(own & ground) or (bool(own) and title.casefold() in written.casefold())


def _is_sentence(text: str | None, ground: frozenset[str]) -> bool:
    """Whether enough of its words are the ad's: a copy of the prompt's examples is none."""
    if text is None or not _SENTENCE_CHARACTERS[0] <= len(text) <= _SENTENCE_CHARACTERS[1]:
        return False
    own = stems(text)
    return bool(own) and len(own & ground) >= _GROUNDED_SHARE * len(own)


def _skills(found: Sequence[str], ground: frozenset[str]) -> tuple[str, ...]:
    """Those that the ad speaks of, each once, twenty at most."""
    kept = {
        skill.casefold(): skill
        for skill in found
        if skill and len(skill.split()) <= _SKILL_WORDS and stems(skill) & ground
    }
    return tuple(list(kept.values())[:_SKILLS])


def _industry(text: str | None) -> str | None:
    return text if text and len(text.split()) <= _INDUSTRY_WORDS else None


def stems(text: str) -> frozenset[str]:
    """The first letters of every word, case and accents off: what "nursing" and "Nurse" share.

    Words of fewer than three letters say too little, unless the text has no others; digits nothing.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    words = _WORD.findall(plain)
    return frozenset(word[:_STEM] for word in words if len(word) > 2) or frozenset(words)
