"""Reach an OpenAI-compatible server, be patient with it, and speak plainly.

The library `openai` tries again what can pass by itself (no connection, no answer in time, 408,
409, 429, 5xx) with growing, capped pauses. It honours a Retry-After of up to two minutes and gives
up at a longer one.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    OpenAI,
    Timeout,
)
from openai.types.chat import ChatCompletionMessageParam
from pydantic import ValidationError

from isco.core.embedding.base import embeddable
from isco.core.errors import ConfigError, IscoError, UnavailableError
from isco.core.settings import LlmSettings
from isco.retriever.llm.base import Failure, FailureKind, Message
from isco.retriever.llm.bounded_client import (
    LARGEST_ANSWER,
    BoundedClient,
    LargeAnswerError,
    whole_content,
)
from isco.retriever.llm.openai_replies import Models, Reply

T = TypeVar("T")

_CONNECT_SECONDS = 10.0
_MODELS_SECONDS = 10.0
_WORDS_SHOWN = 200
_KEY_REFUSED = frozenset({401, 403})
_NO_LIST = frozenset({404, 405})
_PASSING = frozenset({408, 409, 425, 429})
_NOT_THAT_FIELD = frozenset({400, 404, 422})


class OpenAIServer:
    """A server and the model on it that answers.

    Raises ConfigError when `llm.url` is no address, or only `llm.model` could tell the model;
    UnavailableError when nobody answers there, the key is refused, or the model is not served.
    """

    def __init__(self, settings: LlmSettings) -> None:
        self._url = _address(settings.url)
        self._timeout = settings.timeout
        self._concurrency = settings.concurrency
        key = settings.api_key.get_secret_value().strip() if settings.api_key else ""
        self._client = OpenAI(
            base_url=self._url,
            api_key=key or "none",  # the library wants one, though few servers do
            timeout=Timeout(settings.timeout, connect=min(settings.timeout, _CONNECT_SECONDS)),
            max_retries=settings.retries,
            http_client=BoundedClient(),
        )
        self.model = self._served(settings.model)

    def ask(self, messages: Iterable[Message], max_tokens: int, **options: Any) -> Reply:
        """One answer, the likeliest. Raises what `answer_all` turns into a Failure."""
        conversation = [{"role": m.role, "content": embeddable(m.content)} for m in messages]
        # No seed: nothing is drawn at temperature 0, and mlx_lm.server batches no seeded requests.
        raw = self._client.chat.completions.with_raw_response.create(
            model=self.model,
            messages=cast("Iterable[ChatCompletionMessageParam]", conversation),
            max_tokens=max_tokens,
            temperature=0,
            **options,
        )
        return Reply.model_validate_json(whole_content(raw.http_response))

    def answer_all(
        self, asks: Sequence[Callable[[], T | Failure]], done: Callable[[int, T | Failure], None]
    ) -> None:
        """Call `asks` in their order, `llm.concurrency` at once; `done` from the calling thread.

        When that is interrupted, nothing more is asked.
        """
        waiting = deque(range(len(asks)))
        answers: SimpleQueue[tuple[int, T | Failure | Exception]] = SimpleQueue()

        def work() -> None:
            with suppress(IndexError):
                while True:
                    position = waiting.popleft()
                    answers.put((position, self._answered(asks[position])))

        try:
            # Daemons, because an executor's threads would keep an interrupted command from ending.
            for _ in range(min(self._concurrency, len(asks))):
                threading.Thread(target=work, daemon=True).start()
            for _ in asks:
                position, answer = answers.get()
                if isinstance(answer, Exception):
                    raise answer
                done(position, answer)
        finally:
            waiting.clear()

    def _served(self, wanted: str | None) -> str:
        """The model's name on the server: `wanted`, or the first that is listed."""
        names = self._listed()
        if names is None and wanted is None:
            raise ConfigError(
                f"the LLM server at {self._url} does not list its models: set llm.model to the "
                "one to ask, and check llm.url, which mostly ends in /v1"
            )
        if names is None or wanted in names:
            return str(wanted)
        if names and wanted is None:
            return names[0]
        raise UnavailableError(
            f"the LLM server at {self._url} does not serve {wanted or 'any model'}: load it there, "
            f"or set llm.model to one that it serves ({', '.join(names) or 'none now'})"
        )

    def _listed(self) -> list[str] | None:
        """The models that the server lists; None if it has no list. Raises UnavailableError."""
        quick = self._client.with_options(
            timeout=min(self._timeout, _MODELS_SECONDS), max_retries=0
        )
        try:
            content = whole_content(quick.models.with_raw_response.list().http_response)
            # mlx_lm.server says nothing where Hugging Face's cache folder is missing.
            found = Models.model_validate_json(content).data or [] if content else None
        except APIStatusError as error:
            if error.status_code not in _NO_LIST:
                raise UnavailableError(
                    f"the LLM server at {self._url} {_what_it_said(error)}"
                ) from error
            found = None
        except APIConnectionError as error:
            raise UnavailableError(
                f"no LLM server can be reached at {self._url} ({_cause(error)}): start it, or "
                "check llm.url"
            ) from error
        except (ValidationError, LargeAnswerError) as error:
            raise UnavailableError(
                f"what answers at {self._url} is no OpenAI-compatible server: check llm.url, which "
                "mostly ends in /v1"
            ) from error
        return None if found is None else [model.id for model in found]

    def _answered(self, ask: Callable[[], T | Failure]) -> T | Failure | Exception:
        try:
            return ask()
        except APIStatusError as error:
            return _status_failure(error)
        except APITimeoutError as error:
            detail = f"the LLM server gave no answer in {self._timeout:g} s{_attempts(error)}"
            return Failure(FailureKind.UNAVAILABLE, detail)
        except APIConnectionError as error:
            detail = f"the LLM server can't be reached{_attempts(error)} ({_cause(error)})"
            return Failure(FailureKind.UNAVAILABLE, detail)
        except ValidationError as error:
            return _shape_failure(error)
        except LargeAnswerError:
            detail = f"the LLM server's answer is over {LARGEST_ANSWER >> 20} MB, or compressed"
            return Failure(FailureKind.MALFORMED, detail)
        except IscoError as error:
            return error
        except Exception as error:
            # What nobody thought of costs the ad that it was asked about its answer, and no other.
            detail = f"the LLM server's answer can't be used ({type(error).__name__}: {error})"
            return Failure(FailureKind.MALFORMED, detail)


def may_refuse(error: APIStatusError, field: str) -> bool:
    """Whether the server may have refused the request for having that field."""
    if error.status_code in _NOT_THAT_FIELD:
        return True
    # llama-cpp-python answers 500 to whatever it can't do.
    return error.status_code >= 500 and field in error.response.text


def _address(url: str | None) -> str:
    """`url` if it is one. Raises ConfigError."""
    if not url:
        raise ConfigError("llm.backend openai needs llm.url, such as http://127.0.0.1:11434/v1")
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return url
        problem = "it must begin with http:// or https:// and name a host"
    except ValueError as error:
        problem = str(error)
    raise ConfigError(f"llm.url {url!r} is not an address: {problem}")


def _status_failure(error: APIStatusError) -> Failure:
    status = error.status_code
    if status in _KEY_REFUSED or status in _PASSING or status >= 500:
        return Failure(FailureKind.UNAVAILABLE, f"the LLM server {_what_it_said(error)}")
    detail = f"the LLM server would not take the request ({status}: {_words(error)})"
    return Failure(FailureKind.REFUSED, detail)


def _shape_failure(error: ValidationError) -> Failure:
    """An answer that is no JSON was broken on its way; another shape is what the server means."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return Failure(
            FailureKind.UNAVAILABLE, f"the LLM server's answer is broken: {first['msg']}"
        )
    where = ".".join(str(part) for part in first["loc"]) or "the answer"
    return Failure(
        FailureKind.MALFORMED, f"the LLM server's answer has a wrong {where}: {first['msg']}"
    )


def _what_it_said(error: APIStatusError) -> str:
    status = error.status_code
    if status in _KEY_REFUSED:
        return f"refused the key ({status}): set ISCO_LLM__API_KEY to one that it takes"
    return f"answered {status}{_attempts(error)}: {_words(error)}"


def _attempts(error: APIError) -> str:
    retries = int(error.request.headers.get("x-stainless-retry-count", 0))
    return f" after {retries + 1} attempts" if retries else ""


def _cause(error: APIError) -> str:
    return str(error.__cause__ or error)


def _words(error: APIStatusError) -> str:
    """What the server says of it, in whatever form."""
    said = error.body
    if isinstance(said, Mapping):
        said = said.get("message") or said.get("detail") or said
    return " ".join(str(said or error.response.reason_phrase).split())[:_WORDS_SHOWN]
