"""A language model with two verbs: generate an object, choose among options.

Both take many prompts and give one answer each, in order: an object of the schema, a probability
per option, or a `Failure` that says why there is none.
"""

import hashlib
import math
import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel

from isco.core.odds import softmax
from isco.retriever.llm.base import (
    OPTIONS,
    Backend,
    Completion,
    Failure,
    FailureKind,
    Message,
    OptionScores,
    Prompt,
)
from isco.retriever.llm.parsing import UnusableAnswerError, parse_answer

Schema = TypeVar("Schema", bound=BaseModel)

LABELS = string.ascii_uppercase

# A probability below this is a rounding of the model's, not knowledge: it must not rule out an
# option by itself.
_LEAST = 1e-3
_SHOWN_OF_BAD_ANSWER = 1500


@dataclass(frozen=True, slots=True)
class Choice:
    """A probability for each option, in the order in which the options were given; sum 1."""

    probabilities: tuple[float, ...]


class LanguageModel:
    """The two verbs over any backend. `seed` decides the order in which options are shown."""

    def __init__(self, backend: Backend, seed: int) -> None:
        self._backend = backend
        self._seed = seed
        self.name = backend.name
        self.revision = backend.revision

    def generate(self, prompts: Sequence[Prompt], schema: type[Schema]) -> list[Schema | Failure]:
        """An object of `schema` for each prompt.

        An answer that is none is shown to the model once, with what is wrong with it; a second
        such answer is a Failure.
        """
        results: list[Schema | Failure] = []
        repairs: dict[int, Prompt] = {}
        for row, answer in enumerate(self._complete(prompts, schema)):
            result = _parsed(answer, schema)
            results.append(result)
            if isinstance(answer, Completion) and isinstance(result, Failure):
                repairs[row] = _repair(prompts[row], answer, result)
        second = self._complete(list(repairs.values()), schema) if repairs else []
        for row, answer in zip(repairs, second, strict=True):
            results[row] = _parsed(answer, schema)
        return results

    def choose(
        self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]], orders: int = 1
    ) -> list[Choice | Failure]:
        """A probability per option of each prompt, whose text lists them where `OPTIONS` stands.

        Each prompt's options (2 to 26) are shown in an order drawn by the seed and the prompt
        itself. With `orders` 2 each is asked again in the opposite order, and the log-probabilities
        are averaged: what a model gives to a position goes to both.
        """
        asked: list[tuple[int, list[int]]] = []
        for row, texts in enumerate(options):
            order = self._order(prompts[row], len(texts))
            asked.extend((row, turn) for turn in (order, order[::-1])[:orders])
        answers: list[OptionScores | Failure | None] = [None] * len(asked)
        self._backend.score_options(
            [_with_options(prompts[row], [options[row][i] for i in order]) for row, order in asked],
            [LABELS[: len(order)] for _, order in asked],
            answers.__setitem__,
        )
        sums: list[list[float] | Failure] = [[0.0] * len(texts) for texts in options]
        for (row, order), answer in zip(asked, answers, strict=True):
            total = sums[row]
            if isinstance(total, Failure):
                continue
            if not isinstance(answer, OptionScores):
                sums[row] = answer or _unanswered()
                continue
            if max(answer.logprobs) == -math.inf:
                sums[row] = Failure(FailureKind.MALFORMED, "no option has any probability")
                continue
            for option, probability in zip(order, softmax(answer.logprobs).tolist(), strict=True):
                total[option] += math.log(max(probability, _LEAST))
        return [
            total
            if isinstance(total, Failure)
            else Choice(tuple(softmax([value / orders for value in total]).tolist()))
            for total in sums
        ]

    def _complete(
        self, prompts: Sequence[Prompt], schema: type[BaseModel]
    ) -> list[Completion | Failure]:
        answers: list[Completion | Failure | None] = [None] * len(prompts)
        self._backend.complete(prompts, schema.model_json_schema(), answers.__setitem__)
        return [answer or _unanswered() for answer in answers]

    def _order(self, prompt: Prompt, size: int) -> list[int]:
        if not 2 <= size <= len(LABELS):
            raise ValueError(f"{size} options: 2 to {len(LABELS)} can be chosen among")
        text = "\0".join(message.content for message in prompt.own)
        seed = hashlib.sha256(f"{self._seed}\0{text}".encode()).digest()
        order = list(range(size))
        random.Random(seed).shuffle(order)
        return order


def _parsed(answer: Completion | Failure, schema: type[Schema]) -> Schema | Failure:
    if isinstance(answer, Failure):
        return answer
    try:
        return parse_answer(answer.text, schema)
    except UnusableAnswerError as error:
        if answer.finished:
            return Failure(FailureKind.MALFORMED, f"the answer is unusable: {error}")
        return Failure(FailureKind.CUT_OFF, f"the answer did not end in its tokens: {error}")


def _repair(prompt: Prompt, answer: Completion, failure: Failure) -> Prompt:
    """The prompt with the unusable answer and what is wrong with it."""
    complaint = f"That can't be used: {failure.detail}. Answer with the JSON object alone."
    turns = (
        Message("assistant", answer.text[:_SHOWN_OF_BAD_ANSWER]),
        Message("user", complaint),
    )
    return replace(prompt, own=(*prompt.own, *turns))


def _with_options(prompt: Prompt, texts: Sequence[str]) -> Prompt:
    listing = "\n".join(f"{label}) {text}" for label, text in zip(LABELS, texts, strict=False))
    own = tuple(
        replace(message, content=message.content.replace(OPTIONS, listing))
        for message in prompt.own
    )
    return replace(prompt, own=own)


def _unanswered() -> Failure:
    return Failure(FailureKind.UNAVAILABLE, "the backend gave no answer")
