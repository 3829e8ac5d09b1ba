"""What a model needs around it to answer on this machine, whichever library runs it.

The tokens with which all prompts of a call begin (the task, its examples) are computed once; what
is each prompt's own follows in batches of like length.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from isco.core.settings import LlmSettings
from isco.retriever.llm.base import (
    Completion,
    CompletionDone,
    Failure,
    FailureKind,
    JsonSchema,
    OptionScores,
    Prompt,
    ScoresDone,
)
from isco.retriever.llm.chat import ChatTokenizer, UnfitPromptError
from isco.retriever.llm.model_files import local_identity

Answer = TypeVar("Answer", Completion, OptionScores)


@dataclass(frozen=True, slots=True)
class _Question:
    """A prompt as tokens. `limit` is how many tokens its answer may have."""

    position: int
    tokens: list[int]
    limit: int


class LocalBackend(ABC):
    """The half of a backend that is the same for every library.

    A library is asked for three things: to remember a beginning, to go on from it greedily, and
    to say how likely tokens are after it. `tokens_in` counts a prompt's beginning as well, though
    it is computed once for all.
    """

    def __init__(self, settings: LlmSettings, tokenizer: Any, context: int | None) -> None:
        self.name, self.revision = local_identity(settings)
        self._chat = ChatTokenizer(tokenizer)
        self._context = context
        self._batch_size = settings.batch_size

    @abstractmethod
    def _remember(self, tokens: list[int]) -> Any:
        """What the model keeps of `tokens`, for the other two methods to go on from."""

    @abstractmethod
    def _generate(
        self, memory: Any | None, rows: list[list[int]], limits: list[int]
    ) -> list[list[int]]:
        """Greedy answers, without the token that ends one; one without it has `limit` tokens."""

    @abstractmethod
    def _next_logprobs(
        self, memory: Any | None, rows: list[list[int]], tokens: list[int]
    ) -> NDArray[np.float32]:
        """Log-probabilities of `tokens` coming next, shape (len(rows), len(tokens))."""

    def complete(
        self, prompts: Sequence[Prompt], schema: JsonSchema | None, done: CompletionDone
    ) -> None:
        """Answer greedily. `schema` is not enforced: the prompt has to ask for its form."""

        def compute(memory: Any | None, shared: int, batch: list[_Question]) -> list[Completion]:
            rows = [question.tokens[shared:] for question in batch]
            answers = self._generate(memory, rows, [question.limit for question in batch])
            return [
                Completion(
                    text=self._chat.decode(answer),
                    finished=len(answer) < question.limit,
                    tokens_in=len(question.tokens),
                    tokens_out=len(answer),
                )
                for question, answer in zip(batch, answers, strict=True)
            ]

        self._answer(prompts, compute, done)

    def score_options(
        self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]], done: ScoresDone
    ) -> None:
        """Read the probability of each label as the next token, with and without a space before it.

        Raises ConfigError naming a label that is not one token of this model.
        """
        labels = dict.fromkeys(label for offered in options for label in offered)
        spellings = {label: self._chat.spellings(label) for label in labels}
        tokens = sorted({token for spelt in spellings.values() for token in spelt})
        columns = {
            label: [tokens.index(token) for token in spelt] for label, spelt in spellings.items()
        }

        def compute(memory: Any | None, shared: int, batch: list[_Question]) -> list[OptionScores]:
            rows = [question.tokens[shared:] for question in batch]
            return [
                OptionScores(
                    logprobs=tuple(
                        float(np.logaddexp.reduce(logprobs[columns[label]]))
                        for label in options[question.position]
                    ),
                    tokens_in=len(question.tokens),
                    tokens_out=0,
                )
                for question, logprobs in zip(
                    batch, self._next_logprobs(memory, rows, tokens), strict=True
                )
            ]

        self._answer(prompts, compute, done)

    def _answer(
        self,
        prompts: Sequence[Prompt],
        compute: Callable[[Any | None, int, list[_Question]], list[Answer]],
        done: Callable[[int, Answer | Failure], None],
    ) -> None:
        questions: list[_Question] = []
        for position, prompt in enumerate(prompts):
            question = self._question(position, prompt)
            if isinstance(question, Failure):
                done(position, question)
            else:
                questions.append(question)
        if not questions:
            return
        # The longest come first: where memory is short, that shows at once.
        questions.sort(key=lambda question: (-len(question.tokens), question.position))
        shared = _shared_tokens([question.tokens for question in questions])
        try:
            memory = self._remember(questions[0].tokens[:shared]) if shared else None
        except Exception as error:
            failure = _not_computed(error)
            for question in questions:
                done(question.position, failure)
            return
        for start in range(0, len(questions), self._batch_size):
            batch = questions[start : start + self._batch_size]
            for question, answer in _attempt(batch, lambda part: compute(memory, shared, part)):
                done(question.position, answer)

    def _question(self, position: int, prompt: Prompt) -> _Question | Failure:
        try:
            tokens = self._chat.encode(prompt.messages)
        except UnfitPromptError as error:
            return Failure(
                FailureKind.REFUSED, f"the model's chat template takes no such prompt: {error}"
            )
        if self._context is None:
            return _Question(position, tokens, prompt.max_tokens)
        if len(tokens) >= self._context:
            return Failure(
                FailureKind.REFUSED,
                f"the prompt has {len(tokens)} tokens, and the model takes {self._context} with "
                "its answer",
            )
        return _Question(position, tokens, min(prompt.max_tokens, self._context - len(tokens)))


def first_line(error: BaseException) -> str:
    """What an error says, without the pages that some libraries put after it."""
    return str(error).strip().split("\n")[0] or type(error).__name__


def _shared_tokens(rows: Sequence[list[int]]) -> int:
    """How many tokens all rows begin with, but for one at least that is left to each."""
    first, last = min(rows), max(rows)
    pairs = enumerate(zip(first, last, strict=False))
    common = next((index for index, (a, b) in pairs if a != b), len(first))
    return min(common, min(map(len, rows)) - 1)


def _attempt(
    batch: list[_Question], compute: Callable[[list[_Question]], list[Answer]]
) -> Iterator[tuple[_Question, Answer | Failure]]:
    """Compute a batch; where that fails, each of its prompts alone.

    For a batch that is too much for the machine, or for a model's code, the libraries raise errors
    that have nothing in common.
    """
    answers: Sequence[Answer | Failure] = []
    try:
        answers = compute(batch)
    except Exception as error:
        if len(batch) == 1:
            answers = [_not_computed(error)]
    # Outside the handler, where the error no longer holds the batch in memory.
    if answers:
        yield from zip(batch, answers, strict=True)
        return
    for question in batch:
        yield from _attempt([question], compute)


def _not_computed(error: BaseException) -> Failure:
    return Failure(
        FailureKind.UNAVAILABLE, f"the model could not compute this prompt: {first_line(error)}"
    )
