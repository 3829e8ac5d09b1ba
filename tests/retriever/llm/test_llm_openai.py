"""The OpenAI-compatible backend against a server on loopback that can be made to do anything."""

import gzip
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from openai import BadRequestError, OpenAI
from pydantic import SecretStr

from isco.core.errors import ConfigError, UnavailableError
from isco.core.settings import LlmSettings, Settings
from isco.retriever.llm.base import Completion, Failure, FailureKind, Message, OptionScores, Prompt
from isco.retriever.llm.bounded_client import LARGEST_ANSWER
from isco.retriever.llm.openai import OpenAIBackend
from tests.conftest import ROOT
from tests.support.llm_double import Fault, LlmDouble, answer_with

RETRIES = 2
LABELS = ("A", "B", "C")
SCHEMA = {"type": "object", "properties": {"echo": {"type": "string"}}, "required": ["echo"]}
Answer = Completion | OptionScores | Failure


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made between attempts; none takes time."""
    made: list[float] = []
    monkeypatch.setattr("openai._base_client.time.sleep", made.append)
    return made


@pytest.fixture
def interrupts() -> Iterator[None]:
    """SIGINT is heard, here and in new processes, also where a shell has switched it off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def double() -> Iterator[LlmDouble]:
    with LlmDouble() as server:
        yield server
    assert server.violations == []


@pytest.fixture
def settings_for(make_settings: Callable[..., Settings]) -> Callable[..., LlmSettings]:
    """Settings of the backend; one request at a time, so that what was asked has an order."""

    def make(url: str | None, key: str | None = None, **values: Any) -> LlmSettings:
        usual = {"concurrency": 1, "retries": RETRIES, "timeout": 20, "url": url}
        keyed = {f"llm__{name}": value for name, value in {**usual, **values}.items()}
        settings = make_settings(**keyed).llm
        return settings.model_copy(update={"api_key": SecretStr(key)} if key else {})

    return make


@pytest.fixture
def backend_at(settings_for: Callable[..., LlmSettings]) -> Callable[..., OpenAIBackend]:
    return lambda double, **values: OpenAIBackend(settings_for(double.url, **values))


@pytest.fixture
def backend(backend_at: Callable[..., OpenAIBackend], double: LlmDouble) -> OpenAIBackend:
    return backend_at(double)


def prompt(text: str = "Which?", max_tokens: int = 50) -> Prompt:
    task = (Message("system", "Be brief."), Message("user", "Ready?"), Message("assistant", "Yes."))
    return Prompt("test", "1", task, (Message("user", text),), max_tokens)


def collect(ask: Callable[[Callable[[int, Any], None]], None], count: int) -> list[Answer]:
    """The answers by position, each of which must come exactly once."""
    told: dict[int, Answer] = {}

    def done(position: int, answer: Answer) -> None:
        assert position not in told
        told[position] = answer

    ask(done)
    assert sorted(told) == list(range(count))
    return [told[position] for position in range(count)]


def complete(backend: OpenAIBackend, *prompts: Prompt, schema: Any = None) -> list[Answer]:
    return collect(partial(backend.complete, prompts, schema), len(prompts))


def completed(backend: OpenAIBackend, text: str = "Which?", schema: Any = None) -> Answer:
    return complete(backend, prompt(text), schema=schema)[0]


def scored(backend: OpenAIBackend, text: str = "Which?", labels: Any = LABELS) -> Answer:
    return collect(partial(backend.score_options, [prompt(text)], [labels]), 1)[0]


def together(count: int) -> Callable[[Any], Any]:
    """A gate that opens when as many requests stand before it."""
    barrier = threading.Barrier(count)
    return lambda request: barrier.wait(10)


def failure(answer: Answer, kind: FailureKind) -> str:
    """The words of a failure of that kind."""
    assert isinstance(answer, Failure), answer
    assert answer.kind == kind, answer
    return answer.detail


def logprobs(answer: Answer) -> tuple[float, ...]:
    assert isinstance(answer, OptionScores), answer
    return answer.logprobs


# --- the server and its model


def test_without_a_url_there_is_no_backend(settings_for):
    with pytest.raises(ConfigError, match=r"needs llm\.url"):
        OpenAIBackend(settings_for(None))


@pytest.mark.parametrize("url", ["127.0.0.1:8000/v1", "ftp://host/v1", "http://", "http://h:x/v1"])
def test_a_url_that_is_no_address_is_a_configuration_error(settings_for, url):
    with pytest.raises(ConfigError, match=r"llm\.url .* is not an address"):
        OpenAIBackend(settings_for(url))


def test_where_nobody_listens_the_url_is_named(double, backend_at):
    double.close()
    with pytest.raises(UnavailableError, match=f"{double.url} .*refused.*check llm.url"):
        backend_at(double)


def test_what_is_no_llm_server_is_called_so(double, backend_at):
    double.models_fault = Fault(body=b"<html>It works!</html>")
    with pytest.raises(UnavailableError, match=r"no OpenAI-compatible server.*llm\.url"):
        backend_at(double)


def test_a_server_that_fails_is_quoted(double, backend_at):
    double.models_fault = answer_with(503, "Loading model")
    with pytest.raises(UnavailableError, match="503: Loading model"):
        backend_at(double)


def test_the_first_model_listed_is_asked_when_none_is_configured(double, backend_at):
    double.models = ["first", "second"]
    backend = backend_at(double)
    completed(backend)
    assert (backend.name, backend.revision) == ("first", "unpinned")
    assert double.requests[0].model == "first"


def test_the_configured_model_is_asked(double, backend_at):
    double.models = ["first", "second"]
    backend = backend_at(double, model="second", revision="v7")
    completed(backend)
    assert (backend.name, backend.revision) == ("second", "v7")
    assert double.requests[0].model == "second"


def test_a_model_that_is_not_served_is_named_with_those_that_are(double, backend_at):
    double.models = ["first", "second"]
    with pytest.raises(UnavailableError, match=r"serve third.*\(first, second\)"):
        backend_at(double, model="third")


@pytest.mark.parametrize("none", [b'{"object": "list", "data": []}', b'{"data": null}'])
def test_a_server_without_models_is_unavailable(double, backend_at, none):
    double.models_fault = Fault(body=none)
    with pytest.raises(UnavailableError, match="does not serve any model"):
        backend_at(double)


@pytest.mark.parametrize(
    "fault", [answer_with(404), answer_with(405), Fault(body=b"")], ids=["404", "405", "empty"]
)
def test_a_server_that_lists_no_models_needs_one_configured(double, backend_at, fault):
    double.models_fault = fault
    assert backend_at(double, model="mine").name == "mine"
    with pytest.raises(ConfigError, match=r"set llm\.model.*/v1"):
        backend_at(double)


@pytest.mark.parametrize(
    ("served", "name"),
    [
        ("/models/Llama-3.1-8B-Q8.gguf", "Llama-3.1-8B-Q8.gguf"),
        ("models/small.gguf", "small.gguf"),
        ("C:\\models\\small", "small"),
        ("./mlx/SmolLM2/", "SmolLM2"),
        ("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B"),
    ],
)
def test_a_path_is_named_by_its_last_part(double, backend_at, served, name):
    double.models = [served]
    backend = backend_at(double)
    completed(backend)
    assert backend.name == name
    assert double.requests[0].model == served


def test_a_missing_key_names_its_variable(double, backend_at):
    double.api_key = "sesame"
    with pytest.raises(UnavailableError, match="ISCO_LLM__API_KEY"):
        backend_at(double)
    # A key out of a file often ends with a line break.
    assert completed(backend_at(double, key="sesame\n"), "in") == Completion("in", True, 5, 1)


def test_a_key_that_expires_makes_answers_unavailable(double, backend):
    double.api_key = "changed"
    assert "ISCO_LLM__API_KEY" in failure(completed(backend), FailureKind.UNAVAILABLE)


# --- complete


def test_the_whole_conversation_is_asked_greedily(double, backend):
    answer = completed(backend, "Who are you?")
    [request] = double.requests
    assert [(m.role, m.content) for m in request.messages] == [
        ("system", "Be brief."),
        ("user", "Ready?"),
        ("assistant", "Yes."),
        ("user", "Who are you?"),
    ]
    assert (request.temperature, request.max_tokens, request.schema_asked) == (0, 50, None)
    assert answer == Completion("Who are you?", True, tokens_in=7, tokens_out=3)


def test_an_answer_at_its_limit_is_not_finished(double, backend):
    [answer] = complete(backend, prompt("one two three", max_tokens=2))
    assert answer == Completion("one two", False, tokens_in=7, tokens_out=2)


def test_a_server_that_counts_no_tokens_counts_as_none(double, backend):
    double.faults = [Fault(change=lambda answer: {**answer, "usage": None})]
    assert completed(backend, "hi") == Completion("hi", True, 0, 0)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("<think>Hm, B?</think>\n\nC", "C"),
        ("Hm, B?</think> C", "C"),
        ("<think>Hm, and so on", ""),
        ("I think <so>", "I think <so>"),
    ],
)
def test_what_a_model_thinks_aloud_is_no_part_of_its_answer(double, backend, said, text):
    double.stand_in.answer = lambda request: said
    answer = completed(backend)
    assert isinstance(answer, Completion)
    assert answer.text == text


def without_text(answer: dict[str, Any], ended_by: str) -> dict[str, Any]:
    answer["choices"][0].update(message={"role": "assistant"}, finish_reason=ended_by)
    return answer


def test_an_answer_without_text_is_malformed(double, backend):
    double.faults = [Fault(change=partial(without_text, ended_by="content_filter"))]
    assert "content_filter" in failure(completed(backend), FailureKind.MALFORMED)


def test_a_model_that_only_thought_until_its_limit_is_not_finished(double, backend):
    double.faults = [Fault(change=partial(without_text, ended_by="length"))]
    assert completed(backend) == Completion("", False, tokens_in=5, tokens_out=1)


def test_a_schema_is_handed_on(double, backend):
    answer = completed(backend, "me", SCHEMA)
    assert [request.schema_asked for request in double.requests] == [SCHEMA]
    assert answer == Completion('{"echo": "me"}', True, tokens_in=5, tokens_out=2)


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_a_server_that_refuses_schemas_is_not_sent_that_one_again(double, backend, status):
    double.stand_in.takes_schemas = False
    double.stand_in.refusal = status
    assert [completed(backend, text, SCHEMA) for text in ("1", "2")] == [
        Completion("1", True, tokens_in=5, tokens_out=1),
        Completion("2", True, tokens_in=5, tokens_out=1),
    ]
    sent = [(request.text, bool(request.schema_asked)) for request in double.requests]
    attempts = RETRIES + 1 if status == 500 else 1
    assert sent == [("1", True)] * attempts + [("1", False), ("2", False)]


def test_a_request_refused_with_and_without_a_schema_says_nothing_about_schemas(double, backend):
    double.faults = [answer_with(400, "too long", text="long", times=2)]
    assert "too long" in failure(completed(backend, "long", SCHEMA), FailureKind.REFUSED)
    completed(backend, "short", SCHEMA)
    assert [bool(request.schema_asked) for request in double.requests] == [True, False, True]


def test_a_schema_once_taken_is_not_blamed_for_a_refusal(double, backend):
    completed(backend, "short", SCHEMA)
    double.faults = [answer_with(400, "too long", text="long")]
    assert "too long" in failure(completed(backend, "long", SCHEMA), FailureKind.REFUSED)
    assert all(request.schema_asked == SCHEMA for request in double.requests)
    assert len(double.requests) == 2


def test_each_schema_is_judged_for_itself(double, backend):
    other = {"type": "object"}
    double.faults = [answer_with(400, "this one is too deep", text="deep")]
    completed(backend, "deep", SCHEMA)
    completed(backend, "flat", other)
    completed(backend, "flat", SCHEMA)
    assert [r.schema_asked for r in double.requests] == [SCHEMA, None, other, None]


def test_half_a_surrogate_pair_does_not_stop_a_request(double, backend):
    answer = completed(backend, "driver \ud83d wanted")
    assert isinstance(answer, Completion)
    assert answer.text == "driver ? wanted"


# --- score_options


def test_options_are_scored_by_one_token_without_generating_text(double, backend):
    double.stand_in.first_tokens = [{"B": -0.5, "A": -1.5, "x": -2.5, "C": -3.5}]
    answer = scored(backend, "Which one?")
    [request] = double.requests
    assert (request.max_tokens, request.temperature) == (1, 0)
    assert (request.logprobs, request.top_logprobs) == (True, 20)
    assert answer == OptionScores((-1.5, -0.5, -3.5), tokens_in=6, tokens_out=1)


@pytest.mark.parametrize("spelling", [" A", "ĠA", "▁A", "A\n", "ĊA", "\tA", "<0x0A>A"])
def test_all_spellings_of_an_option_are_added_up(double, backend, spelling):
    double.stand_in.first_tokens = [
        {"A": math.log(0.25), spelling: math.log(0.125), "B": math.log(0.5), "AB": -4.0, "a": -5.0}
    ]
    assert logprobs(scored(backend, labels=("A", "B"))) == pytest.approx(
        (math.log(0.375), math.log(0.5))
    )


def test_an_option_missing_from_a_full_list_is_below_its_least_likely_token(double, backend):
    rest = {f"word{number}": -5.0 - number / 10 for number in range(19)}
    double.stand_in.first_tokens = [{"A": -0.1, **rest}]
    assert logprobs(scored(backend)) == pytest.approx((-0.1, -7.8, -7.8))


def test_an_option_missing_from_a_short_list_is_below_what_the_list_leaves(double, backend):
    double.stand_in.first_tokens = [{"A": math.log(0.75), "x": math.log(0.2)}]
    assert logprobs(scored(backend)) == pytest.approx(
        (math.log(0.75), math.log(0.05) - 1, math.log(0.05) - 1)
    )


def test_a_list_of_one_certain_token_leaves_the_others_next_to_nothing(double, backend):
    double.stand_in.first_tokens = [{"A": 0.0}]
    first, *others = logprobs(scored(backend))
    assert first == 0.0
    assert all(-20 < other < -10 for other in others)


def test_no_option_among_the_tokens_is_malformed_and_says_what_there_was(double, backend):
    double.stand_in.first_tokens = [{"The": -0.5, "I": -1.5}]
    assert "A, B, C is among the likeliest first tokens: 'The', 'I'" in failure(
        scored(backend), FailureKind.MALFORMED
    )


def test_a_model_that_begins_with_white_space_is_read_past_it(double, backend):
    double.stand_in.first_tokens = [{"A": -4.0, "\n": -0.1}, {"B": -0.25, "A": -2.0, "C": -3.0}]
    expected = pytest.approx((-2.0, -0.25, -3.0))
    assert logprobs(scored(backend)) == expected
    assert logprobs(scored(backend)) == expected
    assert [request.max_tokens for request in double.requests] == [1, 4, 4]


@pytest.mark.parametrize(("most", "asked"), [(11, [20, 10, 10]), (5, [20, 10, 5, 5])])
def test_fewer_tokens_are_asked_for_where_20_are_refused(double, backend, most, asked):
    double.stand_in.most_listed = most
    double.stand_in.first_tokens = [{"A": -1.0, "B": -2.0, "C": -3.0}]
    for _ in range(2):
        assert logprobs(scored(backend)) == pytest.approx((-1.0, -2.0, -3.0))
    assert [request.top_logprobs for request in double.requests] == asked


def test_a_request_refused_in_every_form_says_nothing_about_the_server(double, backend):
    double.faults = [answer_with(400, "too long", text="long", times=99)]
    assert "too long" in failure(scored(backend, "long"), FailureKind.REFUSED)
    asked_before = len(double.requests)
    scored(backend, "short")
    assert [r.top_logprobs for r in double.requests[asked_before:]] == [20]


def test_a_refusal_is_not_blamed_on_log_probabilities_once_they_were_given(double, backend):
    scored(backend, "short")
    double.faults = [answer_with(400, "too long", text="long", times=99)]
    assert "too long" in failure(scored(backend, "long"), FailureKind.REFUSED)
    assert len(double.requests) == 2


@pytest.mark.parametrize(
    ("how", "status", "vain"), [("ignored", 200, 1), ("refused", 400, 3), ("refused", 500, 3)]
)
def test_without_log_probabilities_the_model_chooses(double, backend, how, status, vain):
    double.stand_in.logprobs = how
    double.stand_in.refusal = status
    double.stand_in.answer = lambda request: '"B"' if request.schema_asked else "B."
    expected = (-math.inf, 0.0, -math.inf)
    assert [logprobs(scored(backend)) for _ in range(2)] == [expected, expected]
    enum = {"type": "string", "enum": ["A", "B", "C"]}
    assert [request.logprobs for request in double.requests] == [True] * vain + [False, False]
    assert [request.schema_asked for request in double.requests[vain:]] == [enum, enum]


def test_a_server_that_fails_for_a_while_is_not_taken_for_one_without_them(double, backend):
    double.faults = [answer_with(500, "out of memory", times=RETRIES + 1)]
    assert "out of memory" in failure(scored(backend), FailureKind.UNAVAILABLE)
    scored(backend)
    assert [request.top_logprobs for request in double.requests] == [20] * (RETRIES + 2)


@pytest.mark.parametrize(
    "said", ["B", " B", "B.", "**B**", '"B"', "(B) because", "<think>A or B?</think>\nB"]
)
def test_without_schemas_too_the_first_word_of_the_answer_is_the_choice(double, backend, said):
    double.stand_in.logprobs = "ignored"
    double.stand_in.takes_schemas = False
    double.stand_in.answer = lambda request: said
    for _ in range(2):
        assert logprobs(scored(backend)) == (-math.inf, 0.0, -math.inf)
    asked = [(request.logprobs, bool(request.schema_asked)) for request in double.requests]
    assert asked == [(True, False), (False, True), (False, False), (False, False)]


@pytest.mark.parametrize("said", ["D", "Banker", "...", "I choose B"])
def test_an_answer_that_begins_with_no_option_is_malformed(double, backend, said):
    double.stand_in.logprobs = "ignored"
    double.stand_in.answer = lambda request: said
    assert repr(said) in failure(scored(backend), FailureKind.MALFORMED)


def test_log_probabilities_that_are_a_little_above_0_are_rounded(double, backend):
    double.stand_in.first_tokens = [{"A": 1e-6, "B": -9.0}]
    assert logprobs(scored(backend, labels=("A", "B")))[0] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("logprob", [math.nan, math.inf, 0.5, 1000.0])
def test_log_probabilities_that_are_none_are_malformed(double, backend, logprob):
    double.stand_in.first_tokens = [{"A": logprob, "B": -1.0}]
    assert "logprob" in failure(scored(backend), FailureKind.MALFORMED)


# --- what can go wrong


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_a_failure_that_passes_is_waited_out(double, backend, pauses, status):
    double.faults = [answer_with(status, times=RETRIES)]
    assert completed(backend, "again") == Completion("again", True, 5, 1)
    assert len(pauses) == RETRIES
    assert all(0 < pause <= 1 for pause in pauses)


@pytest.mark.parametrize("status", [429, 503])
def test_a_failure_that_stays_is_unavailable(double, backend, status):
    double.faults = [answer_with(status, "busy", times=99)]
    detail = failure(completed(backend), FailureKind.UNAVAILABLE)
    assert detail == f"the LLM server answered {status} after {RETRIES + 1} attempts: busy"
    assert len(double.requests) == RETRIES + 1


@pytest.mark.parametrize(
    ("header", "value", "pause"), [("Retry-After", "7", 7.0), ("retry-after-ms", "30", 0.03)]
)
def test_a_server_that_says_how_long_it_is_busy_is_believed(
    double, backend, pauses, header, value, pause
):
    double.faults = [answer_with(429, headers={header: value})]
    assert completed(backend, "later") == Completion("later", True, 5, 1)
    assert pauses == [pause]


def test_a_server_that_is_busy_for_hours_is_not_waited_for(double, backend, pauses):
    double.faults = [answer_with(429, "quota", headers={"Retry-After": "3600"})]
    assert "quota" in failure(completed(backend), FailureKind.UNAVAILABLE)
    assert pauses == []
    assert len(double.requests) == 1


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_that_is_refused_is_not_sent_again_and_quotes_the_server(double, backend, status):
    double.faults = [answer_with(status, "The context is 2048 tokens. " + "x" * 300)]
    detail = failure(completed(backend), FailureKind.REFUSED)
    assert f"({status}: The context is 2048 tokens. xxx" in detail
    assert detail.count("x") < 200
    assert len(double.requests) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "no such thing"}', "no such thing"),
        (b'{"detail": "no such thing"}', "no such thing"),
        (b"<h1>no such\nthing</h1>", "no such thing"),
        (b'{"error": {"message": null}}', "message"),
        (b"", "Bad Request"),
    ],
)
def test_the_server_is_quoted_in_whatever_form_it_speaks(double, backend, body, words):
    double.faults = [Fault(status=400, body=body)]
    assert words in failure(completed(backend), FailureKind.REFUSED)


def test_a_connection_that_ends_in_mid_answer_is_asked_again(double, backend):
    double.faults = [Fault(cut=True)]
    assert completed(backend, "again") == Completion("again", True, 5, 1)
    assert len(double.requests) == 2


def test_connections_that_always_end_in_mid_answer_are_unavailable_with_the_cause(double, backend):
    double.faults = [Fault(cut=True, times=99)]
    detail = failure(completed(backend), FailureKind.UNAVAILABLE)
    assert f"after {RETRIES + 1} attempts (peer closed connection" in detail


def test_a_server_that_never_answers_is_unavailable(double, backend_at):
    double.faults = [Fault(hang=True, times=99)]
    backend = backend_at(double, timeout=0.2, retries=1)
    detail = failure(completed(backend), FailureKind.UNAVAILABLE)
    assert detail == "the LLM server gave no answer in 0.2 s after 2 attempts"


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_server_that_drips_is_waited_for_as_long_as_one_that_says_nothing(
    double, backend_at, where
):
    double.faults = [Fault(drip=where, times=2)]
    backend = backend_at(double, timeout=0.2, retries=1)
    detail = failure(completed(backend), FailureKind.UNAVAILABLE)
    assert detail == "the LLM server gave no answer in 0.2 s after 2 attempts"
    assert completed(backend_at(double), "again").text == "again"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(body=b" " * (LARGEST_ANSWER + 1)),
        Fault(body=gzip.compress(b" " * LARGEST_ANSWER), headers={"Content-Encoding": "gzip"}),
    ],
)
def test_an_answer_that_is_too_long_or_packed_is_not_read_to_its_end(double, backend, fault):
    double.faults = [fault]
    detail = failure(completed(backend), FailureKind.MALFORMED)
    assert detail == "the LLM server's answer is over 16 MB, or compressed"
    assert len(double.requests) == 1


def test_a_server_that_dies_and_comes_back_is_found_again(double, backend, pauses, monkeypatch):
    double.faults = [Fault(die=True)]

    def come_back(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == 2:
            double.open()

    monkeypatch.setattr("openai._base_client.time.sleep", come_back)
    assert completed(backend, "again") == Completion("again", True, 5, 1)
    assert len(double.requests) == 2


def test_a_server_that_stays_dead_is_unavailable_with_the_cause(double, backend):
    double.faults = [Fault(die=True)]
    detail = failure(completed(backend), FailureKind.UNAVAILABLE)
    assert f"can't be reached after {RETRIES + 1} attempts ([Errno" in detail
    assert "Connection refused" in detail


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", b'{"choices": [{"mess', b" ", b"\xff\xfe"]
)
def test_an_answer_that_is_no_json_is_unavailable(double, backend, body):
    double.faults = [Fault(body=body)]
    assert "broken" in failure(completed(backend), FailureKind.UNAVAILABLE)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'"hello"', "the answer"),
        (b"[]", "the answer"),
        (b"{}", "choices"),
        (b'{"error": {"message": "no"}}', "choices"),
        (b'{"choices": []}', "choices"),
        (b'{"choices": [{}]}', r"choices.0.message"),
        (b'{"choices": [{"message": {"content": ["a"]}}]}', "choices.0.message.content"),
    ],
)
@pytest.mark.parametrize("ask", [completed, scored])
def test_an_answer_of_another_shape_is_malformed(double, backend, body, where, ask):
    double.faults = [Fault(body=body)]
    assert where in failure(ask(backend), FailureKind.MALFORMED)


def test_a_prompt_that_fails_leaves_the_others_alone(double, backend_at):
    double.faults = [
        answer_with(400, "too long", text="long"),
        Fault(text="garbled", body=b"{"),
        Fault(text="cut", cut=True, times=99),
    ]
    texts = ["one", "long", "two", "garbled", "cut", "three"]
    answers = complete(backend_at(double, concurrency=3), *map(prompt, texts))
    kinds = [answer.kind if isinstance(answer, Failure) else answer.text for answer in answers]
    unavailable = FailureKind.UNAVAILABLE
    assert kinds == ["one", FailureKind.REFUSED, "two", unavailable, unavailable, "three"]


# --- many at once


def test_nothing_to_ask_is_nothing_to_tell(double, backend):
    assert complete(backend) == []
    assert double.requests == []


def test_as_many_requests_as_configured_are_under_way_at_once(double, backend_at):
    double.gate = together(4)
    texts = [f"ad {number}" for number in range(8)]
    answers = complete(backend_at(double, concurrency=4), *map(prompt, texts))
    assert [answer.text for answer in answers if isinstance(answer, Completion)] == texts
    assert double.most_at_once == 4


def test_prompts_leave_in_their_order(double, backend):
    texts = [f"ad {number}" for number in range(20)]
    complete(backend, *map(prompt, texts))
    assert [request.text for request in double.requests] == texts


def test_answers_are_reported_from_the_calling_thread_as_they_come(double, backend_at):
    second_reported = threading.Event()
    told: list[tuple[int, int]] = []

    def done(position: int, answer: Any) -> None:
        told.append((position, threading.get_ident()))
        second_reported.set()

    double.gate = lambda request: request.text == "second" or second_reported.wait(10)
    backend_at(double, concurrency=2).complete([prompt("first"), prompt("second")], None, done)
    assert told == [(1, threading.get_ident()), (0, threading.get_ident())]


def test_servers_are_learned_about_by_many_requests_at_once(double, backend_at):
    double.stand_in.most_listed = 11
    double.stand_in.takes_schemas = False
    double.gate = together(4)
    backend = backend_at(double, concurrency=4)
    prompts = [prompt(f"ad {number}") for number in range(4)]
    scores = collect(partial(backend.score_options, prompts, [LABELS] * 4), 4)
    assert all(isinstance(answer, OptionScores) for answer in scores)
    assert sorted(request.top_logprobs for request in double.requests) == [10] * 4 + [20] * 4


def test_what_is_raised_while_reporting_ends_the_asking(double, backend_at):
    caught = threading.Event()

    def full(position: int, answer: Any) -> None:
        raise UnavailableError("the disk is full")

    double.gate = lambda request: request.text == "0" or caught.wait(10)
    with pytest.raises(UnavailableError, match="the disk is full"):
        backend_at(double).complete([prompt(str(number)) for number in range(9)], None, full)
    caught.set()
    assert {request.text for request in double.requests} <= {"0", "1"}


def test_what_nobody_thought_of_is_the_failure_of_that_ad_alone(backend):
    said = failure(completed(backend, schema={"enum": {"a", "set"}}), FailureKind.MALFORMED)
    assert "TypeError" in said
    assert isinstance(completed(backend), Completion)


def test_an_interrupt_ends_the_asking(double, backend_at, interrupts):
    caught = threading.Event()

    def interrupt(request: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        caught.wait(10)

    double.gate = interrupt
    with pytest.raises(KeyboardInterrupt):
        complete(backend_at(double), *(prompt(str(number)) for number in range(9)))
    caught.set()
    assert [request.text for request in double.requests] == ["0"]


def test_an_interrupt_while_the_asking_begins_ends_it(double, backend, monkeypatch):
    asked, caught = threading.Event(), threading.Event()
    started: list[threading.Thread] = []

    class InterruptedStart(threading.Thread):
        def start(self) -> None:
            super().start()
            started.append(self)
            assert asked.wait(10)
            raise KeyboardInterrupt

    def gate(request: Any) -> None:
        asked.set()
        caught.wait(10)

    double.gate = gate
    namespace = SimpleNamespace(Thread=InterruptedStart)
    monkeypatch.setattr("isco.retriever.llm.openai_server.threading", namespace)
    with pytest.raises(KeyboardInterrupt):
        complete(backend, *(prompt(str(number)) for number in range(9)))
    caught.set()
    started[0].join(10)
    assert [request.text for request in double.requests] == ["0"]


def test_an_interrupted_process_does_not_wait_for_a_server_that_hangs(double, interrupts):
    started: list[subprocess.Popen[str]] = []
    running = threading.Event()

    def interrupt(request: Any) -> None:
        assert running.wait(60)
        started[0].send_signal(signal.SIGINT)
        double.hang()

    double.gate = interrupt
    script = (
        "import sys\n"
        "from isco.core.config import load_settings\n"
        "from isco.retriever.llm.base import Message, Prompt\n"
        "from isco.retriever.llm.openai import OpenAIBackend\n"
        "flags = {'llm.url': sys.argv[1], 'llm.timeout': 3600}\n"
        "backend = OpenAIBackend(load_settings(environment={}, flags=flags).llm)\n"
        "ad = Prompt('test', '1', (), (Message('user', 'ad'),), 5)\n"
        "backend.complete([ad], None, print)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, double.url],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    started.append(process)
    running.set()
    try:
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert errors.rstrip().endswith("KeyboardInterrupt")


def test_the_double_refuses_what_it_does_not_know():
    with LlmDouble() as double:
        client = OpenAI(base_url=double.url, api_key="none")
        with pytest.raises(BadRequestError, match="top_k"):
            client.chat.completions.create(
                model="double",
                messages=[{"role": "user", "content": "hi"}],
                max_tokens=1,
                temperature=0,
                extra_body={"top_k": 3},
            )
        assert "top_k" in double.violations[0]
