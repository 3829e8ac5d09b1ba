"""Ads into English, for embedding models that read nothing else.

Title and text are translated whole: a long text in pieces, cut between paragraphs or sentences.
What must survive to the letter (code blocks, tags, addresses) is not handed to the model: code
blocks stand between the pieces, the rest behind marks that are put back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, Field

from isco.core.records import Ad
from isco.core.settings import TranslationSettings
from isco.retriever.llm.base import Failure, FailureKind, Prompt
from isco.retriever.llm.model import LanguageModel
from isco.retriever.llm.prompts import load_prompt
from isco.retriever.preparing.language import language_name
from isco.retriever.preparing.plain_text import letters, one_line, plain_text

TRANSLATED_INTO = "en"
_CODE_BLOCK = re.compile(r"(```.*?```)", re.DOTALL)
_VERBATIM = re.compile(
    r"https?://\S+|\bwww\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|`[^`\n]+`|</?[a-zA-Z][^<>\n]*>"
)
_MARK = re.compile(r"\[\[\s*(\d+)\s*\]\]")
_PARAGRAPH = re.compile(r"(?<=\n)")
_SENTENCE = re.compile(r"(?<=[.!?;:])(?= )|(?<=[。！？])")
# An English text is at most so much longer or shorter than what it translates; beyond that the
# model has added, left out, or run in a circle. Chinese is the densest.
_LONGER, _SHORTER = 6.0, 0.25
_SHORT_ENOUGH_TO_VARY = 40
_WORD = re.compile(r"[^\W\d_]+")
_MANY_WORDS = 5


class Translation(BaseModel):
    """What the model is asked for."""

    translation: str = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Translated:
    """An ad in English as far as it could be had.

    `complete` is False where pieces stayed as they were written; `problem` says why.
    """

    ad: Ad
    complete: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a text, without what stands verbatim in it; `prompt` None if nothing is left."""

    text: str
    verbatim: tuple[str, ...]
    prompt: Prompt | None


class Translator:
    """Translates with a language model, by the prompt that the configuration names."""

    def __init__(self, model: LanguageModel, settings: TranslationSettings) -> None:
        self._model = model
        self._size = settings.piece_characters
        self._prompt = load_prompt("translation", settings.prompt)
        self.prompt_version = self._prompt.label

    def translate(
        self, ads: Sequence[Ad], languages: Sequence[str | None]
    ) -> dict[int, Translated]:
        """The ads that are not in English, by their position; `languages` are ISO 639-1 codes.

        An ad whose language is not known is left as it is.
        """
        titles: dict[int, list[_Piece]] = {}
        texts: dict[int, list[_Piece]] = {}
        for row, (ad, language) in enumerate(zip(ads, languages, strict=True)):
            if language and language != TRANSLATED_INTO:
                titles[row] = self._pieces(one_line(ad.title), language)
                texts[row] = self._pieces(plain_text(ad.description), language)
        prompts = {
            id(piece): piece.prompt
            for pieces in (*titles.values(), *texts.values())
            for piece in pieces
            if piece.prompt
        }
        answers = self._model.generate(list(prompts.values()), Translation) if prompts else []
        by_piece = dict(zip(prompts, answers, strict=True))
        return {row: _translated(ads[row], titles[row], texts[row], by_piece) for row in titles}

    def _pieces(self, text: str, language: str) -> list[_Piece]:
        """`text` cut up so that the pieces, joined again, are the whole of it."""
        pieces = []
        for part in _CODE_BLOCK.split(text):
            if _CODE_BLOCK.fullmatch(part):
                pieces.append(_Piece(part, (), None))
                continue
            marked, verbatim = _put_away(part)
            for piece in pack(marked, self._size):
                kept = tuple(verbatim[int(number) - 1] for number in _MARK.findall(piece))
                prompt = self._prompt.render(language=language_name(language), text=piece.strip())
                pieces.append(
                    _Piece(piece, kept, prompt if letters(_MARK.sub("", piece)) > 1 else None)
                )
        return pieces


def pack(text: str, size: int) -> list[str]:
    """`text` in pieces of at most `size` characters, cut at paragraphs, else sentences, else words.

    Joined, the pieces are the text.
    """
    if len(text) <= size:
        return [text] if text else []
    for cut in (_PARAGRAPH, _SENTENCE, re.compile(r"(?<=\s)")):
        parts = [part for part in cut.split(text) if part]
        if len(parts) > 1:
            break
    else:
        parts = [text[start : start + size] for start in range(0, len(text), size)]
    packed: list[str] = []
    for part in parts:
        for smaller in pack(part, size) if len(part) > size else [part]:
            if packed and len(packed[-1]) + len(smaller) <= size:
                packed[-1] += smaller
            else:
                packed.append(smaller)
    return packed


def _put_away(text: str) -> tuple[str, list[str]]:
    """`text` with marks for what stands verbatim in it, and what the marks stand for."""
    verbatim: list[str] = []

    def mark(match: re.Match[str]) -> str:
        verbatim.append(match.group(0))
        return f"[[{len(verbatim)}]]"

    return _VERBATIM.sub(mark, text), verbatim


def _translated(
    ad: Ad,
    title: Sequence[_Piece],
    text: Sequence[_Piece],
    answers: dict[int, Translation | Failure],
) -> Translated:
    problems: list[str] = []
    whole = [
        "".join(_restored(piece, answers.get(id(piece)), problems) for piece in pieces).strip()
        for pieces in (title, text)
    ]
    asked = sum(piece.prompt is not None for piece in (*title, *text))
    problem = None
    if problems:
        problem = (
            f"{len(problems)} of {asked} pieces could not be translated and stand as they were "
            f"written ({problems[0]})."
        )
    return Translated(replace(ad, title=whole[0], description=whole[1]), not problems, problem)


def _restored(piece: _Piece, answer: Translation | Failure | None, problems: list[str]) -> str:
    """The piece translated, with its own space around it and everything verbatim in it again."""
    inner = piece.text
    if answer is not None:
        checked = _checked(piece, answer)
        if isinstance(checked, Failure):
            problems.append(f"{checked.kind}: {checked.detail}")
        else:
            before = piece.text[: len(piece.text) - len(piece.text.lstrip())]
            after = piece.text[len(piece.text.rstrip()) :]
            inner = f"{before}{checked}{after}"
    return _with_verbatim(inner, piece)


def _checked(piece: _Piece, answer: Translation | Failure) -> str | Failure:
    if isinstance(answer, Failure):
        return answer
    given, found = len(piece.text.strip()), len(answer.translation.strip())
    longest = max(_SHORT_ENOUGH_TO_VARY, given) * _LONGER
    shortest = given * _SHORTER if given > _SHORT_ENOUGH_TO_VARY else 1
    if not shortest <= found <= longest:
        detail = f"{given} characters became {found}"
        return Failure(FailureKind.MALFORMED, detail)
    if _repeats_a_part(piece.text, answer.translation):
        return Failure(FailureKind.MALFORMED, "it repeats a part of the text")
    return answer.translation.strip()


def _repeats_a_part(text: str, translation: str) -> bool:
    """Whether a translation is but a few of the words that are translated, as they were.

    A model that does what a text says, "translate this as …", answers so.
    """
    given, found = _WORD.findall(text.casefold()), _WORD.findall(translation.casefold())
    return len(given) >= _MANY_WORDS and 2 * len(found) < len(given) and set(found) <= set(given)


def _with_verbatim(text: str, piece: _Piece) -> str:
    """Marks replaced by what they stand for; what the model lost is put at the end."""
    numbers = _MARK.findall(piece.text)
    kept = dict(zip(numbers, piece.verbatim, strict=True))
    restored = _MARK.sub(lambda match: kept.pop(match.group(1), ""), text)
    lost = " ".join(kept.values())
    return f"{restored} {lost}" if lost else restored
