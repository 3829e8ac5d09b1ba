"""Requests as a strict server takes them, and answers in the library's own shape."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from jsonschema import Draft202012Validator, SchemaError
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ChatMessage(_Strict):
    """One turn."""

    role: Literal["system", "user", "assistant"]
    content: str


class JsonSchemaFormat(_Strict):
    """A schema and its name."""

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    content: dict[str, Any] = Field(alias="schema")


class ResponseFormat(_Strict):
    """The one format that isco asks for."""

    type: Literal["json_schema"]
    json_schema: JsonSchemaFormat


class ChatRequest(_Strict):
    """What may be asked."""

    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    max_tokens: int = Field(ge=1)
    temperature: float = Field(ge=0, le=2)
    logprobs: bool = False
    top_logprobs: int | None = Field(None, ge=0)
    response_format: ResponseFormat | None = None

    @property
    def text(self) -> str:
        """The last turn."""
        return self.messages[-1].content

    @property
    def schema_asked(self) -> dict[str, Any] | None:
        """The schema that the answer must have."""
        return self.response_format.json_schema.content if self.response_format else None


class RefusalError(Exception):
    """The request is understood, and refused with a status."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def parse_request(body: bytes) -> ChatRequest:
    """The request. Raises RefusalError for anything that is not modelled."""
    try:
        request = ChatRequest.model_validate_json(body)
        Draft202012Validator.check_schema(request.schema_asked or {})
    except (ValidationError, SchemaError) as error:
        raise RefusalError(400, str(error)) from error
    if request.top_logprobs is not None and not request.logprobs:
        raise RefusalError(400, "top_logprobs needs logprobs")
    return request


def echo(request: ChatRequest) -> str:
    """The last turn again, in JSON where that is asked for."""
    return json.dumps({"echo": request.text}) if request.schema_asked else request.text


@dataclass
class StandIn:
    """What takes the model's place, and what it is able to do.

    `first_tokens` are the likeliest tokens with their log-probabilities, by position; `refusal` is
    the status by which schemas and log-probabilities are refused.
    """

    answer: Callable[[ChatRequest], str] = echo
    first_tokens: list[dict[str, float]] = field(default_factory=lambda: [{"A": 0.0}])
    takes_schemas: bool = True
    logprobs: Literal["given", "ignored", "refused"] = "given"
    most_listed: int = 20
    refusal: int = 400

    def complete(self, request: ChatRequest) -> dict[str, Any]:
        """A chat completion. A token is a word. Raises RefusalError."""
        if request.schema_asked is not None and not self.takes_schemas:
            raise RefusalError(self.refusal, "response_format is not supported here")
        if request.logprobs and self.logprobs == "refused":
            raise RefusalError(self.refusal, "logprobs is not supported here")
        if (request.top_logprobs or 0) > self.most_listed:
            raise RefusalError(400, f"top_logprobs must be at most {self.most_listed}")
        words = re.findall(r"\s*\S+", self.answer(request))
        shown = words[: request.max_tokens]
        tokens_in = sum(len(message.content.split()) for message in request.messages)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": "".join(shown), "refusal": None},
            "finish_reason": "stop" if shown == words else "length",
            "logprobs": self._reported(request),
        }
        answer = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": request.model,
            "choices": [choice],
            "usage": {
                "prompt_tokens": tokens_in,
                "completion_tokens": len(shown),
                "total_tokens": tokens_in + len(shown),
            },
        }
        ChatCompletion.model_validate(answer)
        return answer

    def _reported(self, request: ChatRequest) -> dict[str, Any] | None:
        if not request.logprobs or self.logprobs == "ignored":
            return None
        content = []
        for position in self.first_tokens[: request.max_tokens]:
            likeliest = sorted(position, key=lambda token: -position[token])
            listed = likeliest[: request.top_logprobs]
            told = [
                {"token": token, "logprob": logprob, "bytes": list(token.encode())}
                for token, logprob in position.items()
                if token in listed
            ]
            # In no order, and with any of them for the one that came: so does mlx_lm.server.
            content.append({**told[0], "top_logprobs": told})
        return {"content": content, "refusal": None}
