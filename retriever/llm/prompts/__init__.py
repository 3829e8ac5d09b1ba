"""The texts that an LLM is asked with: one YAML file each, made to be read and edited by people.

A file has a `version`, the `task` (the system's message), worked `examples`, and the `question`
that is asked of each ad, with its fields in braces. What comes from an ad is data: it loses the
marks by which the question tells data from task, so that no ad can end its own quotation.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from isco.core.errors import ConfigError
from isco.retriever.llm.base import OPTIONS, Message, Prompt

_FIELD = re.compile(r"\{([a-z_]+)\}")
_MARK = re.compile(r"<(\s*/?\s*(?:ad|options)\b)", re.IGNORECASE)
_CHAT_MARK = re.compile(r"<\|[^|<>\n]{1,40}\|>|\[/?INST\]|</?s>|<(?:start|end)_of_turn>")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Example(BaseModel):
    model_config = ConfigDict(extra="forbid")

    given: dict[str, str]
    answer: dict[str, Any] | str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1)
    max_tokens: int = Field(ge=1)
    task: str = Field(min_length=1)
    question: str = Field(min_length=1)
    examples: list[_Example] = []


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt file. `version` is the file's own and a hash of its content: "2-1f0c9a7e"."""

    stage: str
    version: str
    max_tokens: int
    shared: tuple[Message, ...]
    question: str

    @property
    def label(self) -> str:
        """Stage and version in one, as predictions name it."""
        return f"{self.stage} {self.version}"

    def render(self, **fields: str) -> Prompt:
        """The prompt with its fields filled in, each freed of marks that could end a quotation."""
        content = _fill(self.question, {name: as_data(text) for name, text in fields.items()})
        return Prompt(
            stage=self.stage,
            version=self.version,
            shared=self.shared,
            own=(Message("user", content),),
            max_tokens=self.max_tokens,
        )


@cache
def load_prompt(stage: str, name: str) -> PromptTemplate:
    """The prompt of `stage` from a file: a name in this folder, or a path ending in .yaml.

    Raises ConfigError when there is none, or it is no prompt.
    """
    try:
        if Path(name).suffix in {".yaml", ".yml"}:
            content = Path(name).read_text(encoding="utf-8")
        else:
            content = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
        parsed = _File.model_validate(yaml.safe_load(content))
        shared = [Message("system", parsed.task.strip())]
        for example in parsed.examples:
            answer = example.answer
            shared.append(Message("user", _fill(parsed.question, example.given)))
            shared.append(
                Message(
                    "assistant",
                    answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False),
                )
            )
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError, KeyError) as error:
        raise ConfigError(f"{stage}.prompt {name!r} can't be used: {error}") from error
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    return PromptTemplate(
        stage=stage,
        version=f"{parsed.version}-{digest}",
        max_tokens=parsed.max_tokens,
        shared=tuple(shared),
        question=parsed.question,
    )


def as_data(text: str) -> str:
    """`text` without what a prompt or a chat template would take for its own marks."""
    if text == OPTIONS:
        return text
    text = _CHAT_MARK.sub(" ", _CONTROL.sub(" ", text))
    return _MARK.sub(r"(\1", text)


def _fill(template: str, fields: Mapping[str, str]) -> str:
    """Fields replaced in one pass: braces in what is filled in stay as they are."""
    return _FIELD.sub(lambda match: fields[match.group(1)], template).strip()
