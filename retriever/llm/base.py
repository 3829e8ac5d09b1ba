"""What every LLM backend offers: complete a text, or score the options of a question.

A backend is asked for many prompts at once and reports each answer as soon as it has it, so that
what is finished can be kept though the rest never comes. It never raises for a single prompt: an
answer that can't be had is a `Failure` of a kind that callers can act on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

from isco.core.redaction import redacted

# Stands in a prompt where the options are listed; no ad holds it, since NUL is no text.
OPTIONS = "\0options\0"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation that ends with a question.

    `shared` (the task and its examples) is the same for all prompts of a stage and version, so
    that backends can compute it once; `own` is this ad's part and ends with the user's message.
    `max_tokens` bounds the answer.
    """

    stage: str
    version: str
    shared: tuple[Message, ...]
    own: tuple[Message, ...]
    max_tokens: int

    @property
    def messages(self) -> tuple[Message, ...]:
        """The whole conversation."""
        return (*self.shared, *self.own)


class FailureKind(StrEnum):
    """Why there is no usable answer."""

    UNAVAILABLE = "unavailable"  # nobody answered, after all retries
    REFUSED = "refused"  # the server would not take this request (too long, say)
    CUT_OFF = "cut off"  # the answer did not end within its tokens
    MALFORMED = "malformed"  # an answer came, and is not what was asked for


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that could not be had. `detail` says why, in words for the output, which have no
    secret in them."""

    kind: FailureKind
    detail: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", redacted(self.detail))


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer. `finished` is False when it was cut at the prompt's `max_tokens`.

    `text` has no secret in it: a server could repeat the key that it was sent.
    """

    text: str
    finished: bool
    tokens_in: int
    tokens_out: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", redacted(self.text))


@dataclass(frozen=True, slots=True)
class OptionScores:
    """Natural log-probability of each option as the next token, in the order of the options.

    Not normalised over the options. A backend that can only say which option was chosen gives
    that one 0 and the others -inf.
    """

    logprobs: tuple[float, ...]
    tokens_in: int
    tokens_out: int


JsonSchema = Mapping[str, Any]
CompletionDone = Callable[[int, Completion | Failure], None]
ScoresDone = Callable[[int, OptionScores | Failure], None]


class Backend(Protocol):
    """A model behind one of the ways to run it. Answers greedily: the same input, the same answer.

    `name` and `revision` identify the weights; together with a prompt they determine an answer.
    Both methods call `done(position, answer)` exactly once for every prompt, from the calling
    thread, in any order, each as soon as it is known.
    """

    name: str
    revision: str

    def complete(
        self, prompts: Sequence[Prompt], schema: JsonSchema | None, done: CompletionDone
    ) -> None:
        """Let the model answer in text; `schema` constrains it where the backend can."""
        ...

    def score_options(
        self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]], done: ScoresDone
    ) -> None:
        """Score `options[i]` as the answer to `prompts[i]`: labels of one token each, such as "A".

        No text is generated where the backend reads log-probabilities.
        """
        ...
