"""The OpenAI-compatible backend against a real server: mlx_lm.server with a small model."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from isco.core.config import load_settings
from isco.core.errors import UnavailableError
from isco.core.settings import LlmSettings
from isco.retriever.llm.base import Completion, Message, OptionScores, Prompt
from isco.retriever.llm.openai import OpenAIBackend

pytestmark = pytest.mark.skipif(
    find_spec("mlx_lm") is None,
    reason="mlx-lm is not installed: not checked that a real server's answers are read",
)

SERVER = (sys.executable, "-m", "mlx_lm", "server")
LONGEST_START = 120
LABELS = ("A", "B", "C")
TASK = (Message("system", "You answer multiple-choice questions with one letter."),)
QUESTIONS = (
    "Which one is a fruit?\nA) hammer\nB) apple\nC) car",
    "Which one is a tool?\nA) hammer\nB) apple\nC) car",
)
# Sums over ten listed tokens lack an option's spellings beyond them, and rounding differs.
TOLERANCE = 0.01


def settings(**values: Any) -> LlmSettings:
    flags = {f"llm.{name}": value for name, value in values.items()}
    return load_settings(environment={}, flags=flags).llm


PROMPTS = [
    Prompt("test", "1", TASK, (Message("user", question),), max_tokens=4) for question in QUESTIONS
]


def collect(ask: Callable[[Callable[[int, Any], None]], None]) -> list[Any]:
    told: dict[int, Any] = {}
    ask(told.__setitem__)
    return [told[position] for position in sorted(told)]


def scores(backend: Any, labels: tuple[str, ...] = LABELS) -> list[Any]:
    return collect(partial(backend.score_options, PROMPTS, [labels] * len(PROMPTS)))


def completions(backend: Any, schema: Any = None) -> list[Any]:
    return collect(partial(backend.complete, PROMPTS, schema))


@pytest.fixture(scope="module")
def served(smollm2_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model as mlx-lm understands it: rope_theta where transformers 4 wrote it."""
    folder = tmp_path_factory.mktemp("served") / "smollm2-served"
    folder.mkdir()
    for file in smollm2_folder.iterdir():
        (folder / file.name).symlink_to(file)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(json.dumps({**config, **config["rope_parameters"]}))
    return folder


@pytest.fixture(scope="module")
def url(served: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where mlx_lm.server serves the small model."""
    cache = tmp_path_factory.mktemp("hugging-face")
    (cache / "hub").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [*SERVER, "--model", str(served), "--port", str(port)],
        env={**os.environ, "HF_HOME": str(cache), "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _await_start(server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def _await_start(server: "subprocess.Popen[str]") -> None:
    """Return when the server listens; fail with its words when it ends instead."""
    assert server.stderr
    impatience = threading.Timer(LONGEST_START, server.kill)
    impatience.start()
    said = []
    for line in server.stderr:
        said.append(line)
        if "Starting httpd" in line:
            break
    else:
        pytest.fail(f"mlx_lm.server did not start:\n{''.join(said)}")
    impatience.cancel()
    # A log that nobody reads would stop the server when the pipe is full.
    threading.Thread(target=server.stderr.read, daemon=True).start()


@pytest.fixture(scope="module")
def backend(url: str) -> OpenAIBackend:
    return OpenAIBackend(settings(url=url))


@pytest.fixture(scope="module")
def in_process(url: str, smollm2_folder: Path) -> Any:
    """The same model without a server between."""
    from isco.retriever.llm.mlx import MlxBackend

    return MlxBackend(settings(model=str(smollm2_folder)))


def test_the_model_is_named_by_its_folder(backend, served):
    assert backend.name == served.name


def test_a_model_that_the_server_lacks_is_refused_before_anything_is_asked(url):
    with pytest.raises(UnavailableError, match="does not serve nobody/nothing"):
        OpenAIBackend(settings(url=url, model="nobody/nothing"))


def test_answers_are_the_model_s_own(backend, in_process):
    ours, model_s = completions(backend), completions(in_process)
    assert [answer.text for answer in ours] == [answer.text for answer in model_s]
    assert [answer.tokens_in for answer in ours] == [answer.tokens_in for answer in model_s]


def test_an_answer_is_cut_at_its_limit(backend):
    story = replace(PROMPTS[0], own=(Message("user", "Tell me a long story."),))
    [answer] = collect(partial(backend.complete, [story], None))
    assert isinstance(answer, Completion)
    assert (answer.finished, answer.tokens_out) == (False, story.max_tokens)


def test_a_schema_does_no_harm_where_it_is_not_heeded(backend):
    assert completions(backend, {"type": "object"}) == completions(backend)


def test_options_score_as_in_the_model(backend, in_process):
    for ours, model_s in zip(scores(backend), scores(in_process), strict=True):
        assert isinstance(ours, OptionScores)
        assert ours.logprobs == pytest.approx(model_s.logprobs, abs=TOLERANCE)


def test_an_option_that_is_not_listed_scores_below_all_that_are(backend):
    for answer in scores(backend, ("A", "B", "C", "Z")):
        *listed, missing = answer.logprobs
        assert missing < min(listed)


def test_an_answer_does_not_depend_on_how_many_are_asked_at_once(url, backend):
    one_by_one = OpenAIBackend(settings(url=url, concurrency=1))
    for alone, together in zip(scores(one_by_one), scores(backend), strict=True):
        assert alone.logprobs == pytest.approx(together.logprobs, abs=TOLERANCE)
