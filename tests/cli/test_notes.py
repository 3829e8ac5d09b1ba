"""What is told while a command works, and learned ads taken elsewhere on the command line."""

import json
import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from isco.cli import logs
from isco.cli.input_notes import noting_warnings
from isco.cli.main import cli
from isco.core.errors import ConfigError, ConnectionWarning
from isco.core.progress import Silent
from isco.core.settings import Settings
from isco.retriever.learning.learn import learn
from tests.retriever.learning.test_exporting import CODED
from tests.support.doubles import HashingEmbedder
from tests.support.small_taxonomy import load


def test_what_takes_long_is_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    with logs.as_notes():
        logging.getLogger("isco.notes").info("reading a lot")
    logging.getLogger("isco.notes").info("nobody listens")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "isco: reading a lot\n")


def test_what_takes_long_is_an_event_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    with logs.as_json_lines():
        logging.getLogger("isco.notes").info("reading a lot")
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["level"], told["message"]) == ("info", "reading a lot")


def test_a_warning_about_the_way_to_qdrant_is_one_line_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with noting_warnings():
        for _ in range(2):
            warnings.warn("the key goes unencrypted", ConnectionWarning, stacklevel=1)
    assert capsys.readouterr().err == "isco: the key goes unencrypted\n"


@pytest.fixture
def learned(make_settings: Callable[..., Settings]) -> Settings:
    settings = make_settings(qdrant__retries=0)
    load(settings, HashingEmbedder())
    learn(settings, CODED[:2], "survey", lambda _: HashingEmbedder(), Silent())
    return settings


def test_learned_ads_are_exported(learned: Settings, tmp_path: Path) -> None:
    place = ["--set", f"data_dir={learned.data_dir}"]
    file = tmp_path / "coded.jsonl"
    done = CliRunner().invoke(cli, ["learn", "--export", str(file), *place, "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"path": str(file), "ads": 2, "sources": 1}
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2
    other = tmp_path / "other.jsonl"
    wanted = ["learn", "--export", str(other), "--source-name", "survey", *place]
    done = CliRunner().invoke(cli, wanted)
    assert f"2 ads of survey written to {other}" in done.stdout
    again = CliRunner().invoke(cli, wanted)
    assert isinstance(again.exception, ConfigError)


@pytest.mark.parametrize(
    "given",
    [["--export", "x.jsonl", "--list"], ["ads.csv", "--export", "x.jsonl"], ["--source-name", "s"]],
)
def test_one_thing_at_a_time_is_asked_of_learn(given: list[str]) -> None:
    done = CliRunner().invoke(cli, ["learn", *given])
    assert done.exit_code == 2
    assert "--export FILE" in done.stderr
