"""Conversations to tokens and back, by the template that a model brings along."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from jinja2 import TemplateError

from isco.core.embedding.base import embeddable
from isco.core.errors import ConfigError
from isco.retriever.llm.base import Message


class UnfitPromptError(Exception):
    """The model's template takes no such conversation; the message says why."""


class ChatTokenizer:
    """A tokenizer of the library transformers, or mlx-lm's wrapper of one, for conversations.

    A model whose template knows no system role gets the system's message before the user's first.
    For one without a template, the messages stand one after the other.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._has_template = bool(
            getattr(tokenizer, "has_chat_template", tokenizer.chat_template is not None)
        )
        self._has_system_role = self._has_template and self._shows_system()

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """The tokens after which the model's answer follows. Raises UnfitPromptError."""
        if not self._has_template:
            text = "\n\n".join(message.content for message in messages) + "\n"
            return list(self._tokenizer.encode(embeddable(text)))
        if not self._has_system_role:
            messages = _without_system(messages)
        try:
            text = self._render(messages)
        except TemplateError as error:
            raise UnfitPromptError(str(error)) from error
        # The template has written the tokens that begin a text by itself.
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of an answer."""
        return str(
            self._tokenizer.decode(
                tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    def spellings(self, label: str) -> list[int]:
        """The tokens that stand for an option's label: itself, and itself after a space.

        Raises ConfigError if it is several tokens either way.
        """
        encoded = [
            self._tokenizer.encode(text, add_special_tokens=False) for text in (label, f" {label}")
        ]
        tokens = sorted({tokens[0] for tokens in encoded if len(tokens) == 1})
        if not tokens:
            raise ConfigError(
                f"the option {label!r} is {len(encoded[0])} tokens for this model: label options "
                "by one letter each"
            )
        return tokens

    def _render(self, messages: Sequence[Message]) -> str:
        text = self._tokenizer.apply_chat_template(
            [asdict(message) for message in messages],
            tokenize=False,
            add_generation_prompt=True,
            # Known to the templates of models that else think aloud before they answer.
            enable_thinking=False,
        )
        return embeddable(text)

    def _shows_system(self) -> bool:
        """Whether the template takes a system message and does not drop it."""
        task = "Name the occupation."
        try:
            return task in self._render([Message("system", task), Message("user", "Nurse")])
        except TemplateError:
            return False


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """The conversation with what the system says put before what the user says first."""
    system = [message.content for message in messages if message.role == "system"]
    others = [message for message in messages if message.role != "system"]
    first = next(index for index, message in enumerate(others) if message.role == "user")
    others[first] = Message("user", "\n\n".join([*system, others[first].content]))
    return others
