"""Standard error as one JSON object a line, or as lines for people without a bar."""

import json
import logging
import subprocess
import warnings
from datetime import datetime

import pytest

from isco.cli import logs
from tests.conftest import ROOT
from tests.support.installation import command

EXAMPLES = ROOT / "examples" / "ads.jsonl"


@pytest.fixture
def isco(starter, monkeypatch):
    """Run a command in a process of its own; gives its exit status and what it said, by line."""
    monkeypatch.delenv(logs.VARIABLE, raising=False)

    def run(*arguments):
        done = subprocess.run(command(starter, *arguments), capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr.splitlines()

    return run


def events(lines):
    found = [json.loads(line) for line in lines]
    for event in found:
        assert datetime.fromisoformat(event["time"]).utcoffset().total_seconds() == 0
        assert {"level", "event", "message"} <= event.keys()
    return found


JSON = ("--log-format", "json")


def test_a_run_tells_its_beginning_its_counts_and_its_end(isco, tmp_path):
    output = tmp_path / "out.jsonl"
    status, out, said = isco("classify", str(EXAMPLES), "--limit", "10", "-o", str(output), *JSON)
    told = {event["event"]: event for event in events(said)}
    assert list(told) == ["stage_started", "stage_ended", "summary", "done"]
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    paths = {path: [row["path"] for row in rows].count(path) for path in {r["path"] for r in rows}}
    assert told["stage_started"]["total"] == told["stage_ended"]["done"] == 10
    assert told["summary"]["rows"] == 10
    assert told["summary"]["paths"] == told["stage_ended"]["paths"] == paths
    assert (status, out, told["done"]["exit_code"]) == (0, "", 0)


def test_the_total_is_that_of_the_shard(isco, tmp_path):
    output = str(tmp_path / "out.jsonl")
    part = ("--limit", "10", "--shard", "2/2", "--set", "classify.chunk=4")
    _, _, said = isco("classify", str(EXAMPLES), "-o", output, *part, *JSON)
    started, ended, *_ = events(said)
    assert started["total"] == ended["done"] == 4


def test_the_variable_asks_for_it_as_well_and_the_option_wins(isco, monkeypatch):
    monkeypatch.setenv(logs.VARIABLE, "json")
    (event,) = events(isco("classify", "missing.jsonl")[2])
    assert (event["event"], event["level"], event["exit_code"]) == ("failed", "error", 2)
    assert "missing.jsonl" in event["message"]
    (line,) = isco("classify", "missing.jsonl", "--log-format=text")[2]
    assert line.startswith("isco: ")


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("classify",), 2),
        (("classify", "missing.jsonl"), 2),
        (("nothing",), 2),
        (("classify", "ads.jsonl", "--no-such-option"), 2),
        (("search", "nurse", "--set", "qdrant.mode=memory"), 3),
    ],
)
def test_errors_are_events_with_the_exit_code(isco, arguments, exit_code):
    status, out, said = isco(*arguments, *JSON)
    (event,) = events(said)
    assert (status, out, event["event"], event["exit_code"]) == (exit_code, "", "failed", status)


def test_rows_that_are_no_ads_end_with_1_and_are_counted(isco, tmp_path):
    ads = tmp_path / "ads.jsonl"
    ads.write_text('{"title": "nurse"}\nno JSON\n')
    status, out, said = isco("classify", str(ads), *JSON)
    *_, summary, done = events(said)
    assert (status, done["exit_code"], summary["errors"]) == (1, 1, 1)
    assert len(out.splitlines()) == 2


def test_results_and_notices_are_told_as_ever(isco):
    status, out, said = isco("search", "nurse", "--json", *JSON)
    assert status == 0
    assert json.loads(out)["candidates"]
    assert [event["event"] for event in events(said)] == ["done"]


def test_for_people_there_is_no_bar_where_standard_error_is_no_terminal(isco):
    _, _, said = isco("classify", str(EXAMPLES), "--limit", "3")
    assert said[0].startswith("3 ads: ")
    assert not any(mark in line for line in said for mark in ("\r", "█", "\x1b", "it/s"))


def test_progress_comes_every_few_seconds_and_not_with_every_row(capfd, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(logs, "monotonic", lambda: now[0])
    with logs.as_json_lines():
        ticker = logs.Ticker("classify", 40, {"vote": 3})
        for _ in range(40):
            now[0] += 1
            ticker.update(1)
        ticker.close()
    told = events(capfd.readouterr().err.splitlines())
    assert [event["event"] for event in told] == [
        "stage_started", "progress", "progress", "progress", "progress", "stage_ended",
    ]  # fmt: skip
    assert [event["done"] for event in told[1:]] == [10, 20, 30, 40, 40]
    assert told[1]["per_second"] == 1
    assert told[1]["paths"] == {"vote": 3}


def test_what_libraries_say_comes_in_the_same_form(capfd):
    with logs.as_json_lines():
        logging.getLogger("somebody").warning("beware of %s", "the dog")
        logging.getLogger("somebody").info("nothing new")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    dog, old = events(capfd.readouterr().err.splitlines())
    assert (dog["event"], dog["level"]) == ("somebody", "warning")
    assert dog["message"] == "beware of the dog"
    assert (old["event"], "old" in old["message"]) == ("py.warnings", True)


def test_a_crash_is_one_line_with_its_traceback(capfd):
    with pytest.raises(SystemExit, match="4"), logs.as_json_lines():
        raise RuntimeError("a bug")
    (event,) = events(capfd.readouterr().err.splitlines())
    assert (event["event"], event["level"], event["exit_code"]) == ("crashed", "critical", 4)
    assert "a bug" in event["message"]
    assert "test_a_crash" in event["traceback"]


def test_afterwards_standard_error_is_for_people_again(capfd):
    with logs.as_json_lines():
        assert logs.is_json()
    assert not logs.is_json()
    logs.event("note", "unheard")
    assert capfd.readouterr().err == ""
