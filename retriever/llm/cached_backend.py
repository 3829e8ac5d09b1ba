"""A backend that asks another only what it has not answered before, and keeps count."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass
from operator import add, sub
from time import perf_counter
from typing import Any, TypeVar

from isco.core.errors import UnavailableError
from isco.retriever.llm.answer_cache import AnswerCache, key_of
from isco.retriever.llm.base import (
    Backend,
    Completion,
    CompletionDone,
    Failure,
    FailureKind,
    JsonSchema,
    OptionScores,
    Prompt,
    ScoresDone,
)

Answer = TypeVar("Answer", Completion, OptionScores)


@dataclass
class StageUsage:
    """What a stage has cost: calls of the model, its tokens, and questions that cost none."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cache_hits: int = 0
    failures: int = 0
    seconds: float = 0.0

    def __add__(self, other: "StageUsage") -> "StageUsage":
        return StageUsage(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: "StageUsage") -> "StageUsage":
        return StageUsage(*map(sub, astuple(self), astuple(other)))

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {**asdict(self), "seconds": round(self.seconds, 2)}


class CachedBackend:
    """Stands before a backend, as one itself. Equal prompts of one call are asked once."""

    def __init__(
        self, backend: Backend, cache: AnswerCache, give_up_after: int | None = None
    ) -> None:
        self._backend = backend
        self._cache = cache
        self._give_up_after = give_up_after
        self._unavailable = 0
        self.name = backend.name
        self.revision = backend.revision
        self.usage: defaultdict[str, StageUsage] = defaultdict(StageUsage)

    def complete(
        self, prompts: Sequence[Prompt], schema: JsonSchema | None, done: CompletionDone
    ) -> None:
        """As `Backend.complete`."""

        def ask(
            missing: Sequence[int], answered: Callable[[int, Completion | Failure], None]
        ) -> None:
            self._backend.complete([prompts[row] for row in missing], schema, answered)

        extra = [schema] * len(prompts)
        self._through_cache(prompts, extra, lambda kept: Completion(**kept), ask, done)

    def score_options(
        self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]], done: ScoresDone
    ) -> None:
        """As `Backend.score_options`."""

        def ask(
            missing: Sequence[int], answered: Callable[[int, OptionScores | Failure], None]
        ) -> None:
            self._backend.score_options(
                [prompts[row] for row in missing], [options[row] for row in missing], answered
            )

        extra = [list(labels) for labels in options]
        self._through_cache(prompts, extra, _scores, ask, done)

    def _through_cache(
        self,
        prompts: Sequence[Prompt],
        extra: Sequence[Any],
        restore: Callable[[dict[str, Any]], Answer],
        ask: Callable[[Sequence[int], Callable[[int, Answer | Failure], None]], None],
        done: Callable[[int, Answer | Failure], None],
    ) -> None:
        """Answer from the cache what is there, `ask` for the rest, and keep it as it comes.

        `extra` is what an answer depends on besides its prompt.
        """
        started = perf_counter()
        keys = [self._key(prompt, more) for prompt, more in zip(prompts, extra, strict=True)]
        known = self._cache.find(list(dict.fromkeys(keys)))
        rows_of: dict[bytes, list[int]] = defaultdict(list)
        for row, key in enumerate(keys):
            if key in known:
                self.usage[prompts[row].stage].cache_hits += 1
                done(row, restore(known[key]))
            else:
                rows_of[key].append(row)
        missing = [rows[0] for rows in rows_of.values()]

        def answered(position: int, answer: Answer | Failure) -> None:
            row = missing[position]
            usage = self.usage[prompts[row].stage]
            usage.calls += 1
            if isinstance(answer, Failure):
                usage.failures += 1
            else:
                usage.tokens_in += answer.tokens_in
                usage.tokens_out += answer.tokens_out
                model = f"{self.name}@{self.revision}"
                self._cache.put(keys[row], prompts[row].stage, model, asdict(answer))
            self._watch(answer)
            for same in rows_of[keys[row]]:
                done(same, answer)

        if missing:
            ask(missing, answered)
        for stage in {prompt.stage for prompt in prompts}:
            of_stage = [row for row, prompt in enumerate(prompts) if prompt.stage == stage]
            misses = sum(prompts[row].stage == stage for row in missing)
            self._cache.count(stage, len(of_stage) - misses, misses)
            self.usage[stage].seconds += (perf_counter() - started) * len(of_stage) / len(prompts)

    def _watch(self, answer: Completion | OptionScores | Failure) -> None:
        """UnavailableError when nobody has answered for so long that nobody will."""
        if not isinstance(answer, Failure) or answer.kind != FailureKind.UNAVAILABLE:
            self._unavailable = 0
            return
        self._unavailable += 1
        if self._give_up_after is not None and self._unavailable >= self._give_up_after:
            raise UnavailableError(
                f"the LLM {self.name} gave no answer {self._unavailable} times in a row "
                f"({answer.detail}): see to it, then run the same command again to go on "
                "(llm.give_up_after)"
            )

    def _key(self, prompt: Prompt, extra: Any) -> bytes:
        messages = [(message.role, message.content) for message in prompt.messages]
        return key_of(
            prompt.stage, self.name, self.revision, prompt.version, messages, prompt.max_tokens,
            extra,
        )  # fmt: skip


def _scores(kept: dict[str, Any]) -> OptionScores:
    return OptionScores(**{**kept, "logprobs": tuple(kept["logprobs"])})
