"""What is read of the answers of OpenAI-compatible servers, and how. Pure.

Shapes: https://platform.openai.com/docs/api-reference/chat/object. Servers leave fields out and
put others in: what is not needed here may be missing, and may be as it likes.
"""

import math
import re
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, Field

# White space as itself, in byte-level BPE, in SentencePiece.
_WHITE_SPACE = re.compile(r"[\sĠĊĉč▁]|<0x(?:09|0A|0D|20)>")
_ROUNDED = 1e-3
# A rounded sum of probabilities leaves at least this for tokens that are not listed.
_LEAST_LEFT = 1e-6
_THOUGHT_BEGINS, _THOUGHT_ENDS = "<think>", "</think>"


class Token(BaseModel):
    """A token that could have come, and its natural log-probability."""

    token: str
    # Servers round: a little above 0 is 0; more is no logarithm of a probability.
    logprob: float = Field(le=_ROUNDED)


class Position(BaseModel):
    """What could have come at one position."""

    top_logprobs: list[Token] | None = None


class Logprobs(BaseModel):
    """One position for each token of the answer."""

    content: list[Position] | None = None


class Message(BaseModel):
    """The answer's text; null where a model only thought, or called a tool."""

    content: str | None = None


class Choice(BaseModel):
    """An answer; "length" is the finish_reason of one that was cut off."""

    message: Message
    finish_reason: str | None = None
    logprobs: Logprobs | None = None


class Usage(BaseModel):
    """Tokens that were read and written."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Reply(BaseModel):
    """A server's answer to one request, which asks for one choice."""

    choices: list[Choice] = Field(min_length=1)
    usage: Usage | None = None

    @property
    def tokens(self) -> dict[str, int]:
        """Tokens read and written, as answers to prompts name them; 0 when the server is silent."""
        usage = self.usage or Usage()
        return {"tokens_in": usage.prompt_tokens, "tokens_out": usage.completion_tokens}


class Model(BaseModel):
    """A model that a server has."""

    id: str


class Models(BaseModel):
    """A server's models; Ollama without any says null."""

    data: list[Model] | None


def candidates(reply: Reply) -> list[Token] | None:
    """What could have come first, white space aside; empty if there was only white space.

    None where the server gives no log-probabilities of alternatives.
    """
    logprobs = reply.choices[0].logprobs
    if logprobs is None or logprobs.content is None:
        return None
    for position in logprobs.content:
        if not position.top_logprobs:
            return None
        # The token that came is not always told (mlx_lm.server), but it is the likeliest.
        first = max(position.top_logprobs, key=lambda token: token.logprob)
        if _visible(first.token):
            return position.top_logprobs
    return []


def option_logprobs(
    labels: Sequence[str], listed: Sequence[Token], asked: int
) -> tuple[float, ...] | None:
    """The log-probability of each label, the tokens that spell it added up; None if none is listed.

    A label that is not listed gets one nat less than it can have at most: no more than the least
    likely token of the list, and, when fewer are listed than the `asked`, than what they leave.
    """
    found: dict[str, float] = {}
    for token in listed:
        text = _visible(token.token)
        found[text] = float(np.logaddexp(found.get(text, -math.inf), token.logprob))
    if not found.keys() & set(labels):
        return None
    limit = min(token.logprob for token in listed)
    if len(listed) < asked:
        left = 1 - sum(math.exp(token.logprob) for token in listed)
        limit = min(limit, math.log(max(left, _LEAST_LEFT)))
    return tuple(found.get(label, limit - 1) for label in labels)


def without_thoughts(text: str) -> str:
    """`text` after what a reasoning model thinks aloud, of which some templates hide the start."""
    _, end, answer = text.partition(_THOUGHT_ENDS)
    if end:
        return answer.lstrip()
    return "" if text.lstrip().startswith(_THOUGHT_BEGINS) else text


def _visible(token: str) -> str:
    return _WHITE_SPACE.sub("", token)
