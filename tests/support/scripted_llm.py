"""A backend that answers from a script: for what no real model can be made to say."""

from collections.abc import Callable, Sequence

from isco.retriever.llm.base import (
    Completion,
    CompletionDone,
    Failure,
    JsonSchema,
    OptionScores,
    Prompt,
    ScoresDone,
)

Writer = Callable[[Prompt], str | Failure]
Scorer = Callable[[Prompt, Sequence[str]], Sequence[float] | Failure]


class ScriptedBackend:
    """`write` answers completions, `score` options; `asked` remembers every prompt, in order."""

    def __init__(
        self,
        write: Writer | None = None,
        score: Scorer | None = None,
        name: str = "scripted",
        revision: str = "1",
    ) -> None:
        self.name = name
        self.revision = revision
        self.asked: list[Prompt] = []
        self._write = write
        self._score = score

    def complete(
        self, prompts: Sequence[Prompt], schema: JsonSchema | None, done: CompletionDone
    ) -> None:
        for position, prompt in enumerate(prompts):
            self.asked.append(prompt)
            assert self._write, "nothing was to be written"
            answer = self._write(prompt)
            if isinstance(answer, str):
                words = len(answer.split())
                done(position, Completion(answer, words < prompt.max_tokens, 10, words))
            else:
                done(position, answer)

    def score_options(
        self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]], done: ScoresDone
    ) -> None:
        for position, (prompt, labels) in enumerate(zip(prompts, options, strict=True)):
            self.asked.append(prompt)
            assert self._score, "nothing was to be chosen"
            answer = self._score(prompt, labels)
            if isinstance(answer, Failure):
                done(position, answer)
            else:
                done(position, OptionScores(tuple(answer), 10, 0))


def question_of(prompt: Prompt) -> str:
    """What the prompt asks of this ad."""
    return prompt.own[0].content


def listed_options(prompt: Prompt) -> dict[str, str]:
    """The options as a prompt shows them, by label."""
    lines = question_of(prompt).splitlines()
    return {line[0]: line[3:] for line in lines if len(line) > 3 and line[1:3] == ") "}


def prefer(wanted: str) -> Scorer:
    """A scorer that likes the options which contain `wanted`."""

    def score(prompt: Prompt, labels: Sequence[str]) -> list[float]:
        shown = listed_options(prompt)
        return [-0.1 if wanted in shown[label] else -5.0 for label in labels]

    return score
