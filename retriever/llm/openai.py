"""An LLM behind any server that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp, mlx_lm.

Requests leave in the given order, so that servers can reuse what neighbouring prompts share. What
a server can't do (schemas, log-probabilities, many of them) is learned from its answers to the
first requests and then not asked of it again.
"""

import json
import math
import re
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import PureWindowsPath

from openai import APIStatusError

from isco.core.redaction import redacted
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
from isco.retriever.llm.openai_replies import (
    Reply,
    Token,
    candidates,
    option_logprobs,
    without_thoughts,
)
from isco.retriever.llm.openai_server import OpenAIServer, may_refuse

# Likeliest tokens to ask for: OpenAI and vLLM give up to 20, mlx_lm.server up to 11.
_TOPS = (20, 10, 5)
_TOKENS_PAST_BLANKS = 4
_TOKENS_OF_A_CHOICE = 8
_TEXT_SHOWN = 200


class OpenAIBackend:
    """The model `llm.model` on the server at `llm.url`, or the first that it lists.

    Raises ConfigError when `llm.url` is no address, or only `llm.model` could tell the model;
    UnavailableError when nobody answers there, the key is refused, or the model is not served.
    """

    def __init__(self, settings: LlmSettings) -> None:
        self._server = OpenAIServer(settings)
        self.name = redacted(_without_folder(self._server.model))
        self.revision = settings.revision or "unpinned"
        self._lock = threading.Lock()
        # What of _TOPS is still open: one number once it is known, none without log-probabilities.
        self._tops: tuple[int, ...] = _TOPS
        self._first_tokens = 1
        self._schemas_taken: dict[str, bool] = {}

    def complete(
        self, prompts: Sequence[Prompt], schema: JsonSchema | None, done: CompletionDone
    ) -> None:
        """Let the model answer; `schema` constrains it where the server can.

        What a reasoning model thinks aloud, in <think>…</think>, is not part of the text.
        """
        asks = [partial(self._complete, prompt, schema) for prompt in prompts]
        self._server.answer_all(asks, done)

    def score_options(
        self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]], done: ScoresDone
    ) -> None:
        """Read the options' log-probabilities off the 20 (10, 5) likeliest first tokens.

        An option that is not among them gets a little less than it can have at most. Where a
        server gives no log-probabilities it chooses, and the scores are 0 and -inf.
        """
        pairs = zip(prompts, options, strict=True)
        asks = [partial(self._score, prompt, labels) for prompt, labels in pairs]
        self._server.answer_all(asks, done)

    def _complete(self, prompt: Prompt, schema: JsonSchema | None) -> Completion | Failure:
        reply = self._constrained(prompt, prompt.max_tokens, schema)
        choice = reply.choices[0]
        finished = choice.finish_reason != "length"
        text = choice.message.content
        if text is None and finished:
            detail = f"the answer has no text and ended by {choice.finish_reason!r}"
            return Failure(FailureKind.MALFORMED, detail)
        return Completion(without_thoughts(text or ""), finished, **reply.tokens)

    def _score(self, prompt: Prompt, labels: Sequence[str]) -> OptionScores | Failure:
        tops = self._tops
        for top in tops:
            try:
                reply = self._first(prompt, top)
            except APIStatusError as error:
                if len(tops) == 1 or not may_refuse(error, "logprobs"):
                    raise
                if error.status_code >= 500:
                    break
                continue
            listed = candidates(reply)
            if listed is None:
                break
            self._learn((top,))
            return _scores(reply, labels, listed, top)
        choice = self._choose(prompt, labels)
        self._learn(())
        return choice

    def _learn(self, tops: tuple[int, ...]) -> None:
        with self._lock:
            if len(self._tops) > 1:
                self._tops = tops

    def _first(self, prompt: Prompt, top: int) -> Reply:
        """An answer of one token; of a few, from the first time on that one is white space."""
        tokens = self._first_tokens
        reply = self._server.ask(prompt.messages, tokens, logprobs=True, top_logprobs=top)
        if candidates(reply) != [] or tokens > 1:
            return reply
        self._first_tokens = _TOKENS_PAST_BLANKS
        return self._first(prompt, top)

    def _choose(self, prompt: Prompt, labels: Sequence[str]) -> OptionScores | Failure:
        schema = {"type": "string", "enum": list(labels)}
        reply = self._constrained(prompt, _TOKENS_OF_A_CHOICE, schema)
        text = without_thoughts(reply.choices[0].message.content or "")
        word = re.search(r"\w+", text)
        if word is None or word[0] not in labels:
            detail = f"the answer {text[:_TEXT_SHOWN]!r} begins with none of {', '.join(labels)}"
            return Failure(FailureKind.MALFORMED, detail)
        logprobs = tuple(0.0 if label == word[0] else -math.inf for label in labels)
        return OptionScores(logprobs, **reply.tokens)

    def _constrained(self, prompt: Prompt, max_tokens: int, schema: JsonSchema | None) -> Reply:
        """An answer of that schema, or without it where the server refuses just that."""
        key = json.dumps(schema, sort_keys=True)
        taken = self._schemas_taken.get(key)
        if schema is None or taken is False:
            return self._server.ask(prompt.messages, max_tokens)
        form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        try:
            reply = self._server.ask(prompt.messages, max_tokens, response_format=form)
        except APIStatusError as error:
            if taken or not may_refuse(error, "response_format"):
                raise
            reply = self._server.ask(prompt.messages, max_tokens)
            self._schemas_taken.setdefault(key, False)
            return reply
        self._schemas_taken.setdefault(key, True)
        return reply


def _scores(
    reply: Reply, labels: Sequence[str], listed: Sequence[Token], asked: int
) -> OptionScores | Failure:
    logprobs = option_logprobs(labels, listed, asked)
    if logprobs is None:
        likeliest = sorted(listed, key=lambda token: -token.logprob)
        told = ", ".join(repr(token.token) for token in likeliest)[:_TEXT_SHOWN]
        detail = f"none of {', '.join(labels)} is among the likeliest first tokens: {told}"
        return Failure(FailureKind.MALFORMED, detail)
    return OptionScores(logprobs, **reply.tokens)


def _without_folder(model: str) -> str:
    """The file's name where a server lists a path; repository names have slashes, too."""
    is_path = model.startswith(("/", ".", "~")) or "\\" in model or model.endswith(".gguf")
    return PureWindowsPath(model).name if is_path else model
