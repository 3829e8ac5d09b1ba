"""SIGTERM to processes of their own: what is written stays whole and is gone on with."""

import json
import signal
import subprocess
import threading

import pytest

from isco.cli.logs import VARIABLE
from isco.cli.stopping import Terminated, ending_at_once, finishing
from tests.conftest import ROOT
from tests.support.installation import command, searched_before
from tests.support.llm_double import LlmDouble

pytestmark = pytest.mark.processes

EXAMPLES = ROOT / "examples" / "ads.jsonl"
ADS, CHUNK = 12, 4
GO_ON = "run the same command again to go on"
LABELLED = '{"id": "1", "title": "nurse", "description": "", "isco_code": "2221"}\n'


def answering():
    """An LLM server that says the same of every ad."""
    double = LlmDouble()
    double.stand_in.answer = lambda request: json.dumps(
        {"is_job": True, "title": request.text.split("\n")[0][:60], "description": ""}
    )
    return double


@pytest.fixture
def server():
    with answering() as double:
        yield double
        assert double.violations == []


def start(starter, server, data_dir, output, *settings):
    """`isco classify` in chunks of four, the LLM asked about one ad after the other."""
    arguments = ["classify", str(EXAMPLES), "--limit", str(ADS), "-o", str(output)]
    given = (
        f"qdrant.path={starter / 'qdrant'}", f"llm.url={server.url}", "llm.concurrency=1",
        "extraction.by=llm", "reranking.when=never", f"classify.chunk={CHUNK}", *settings,
    )  # fmt: skip
    for setting in given:
        arguments += ["--set", setting]
    searched_before(starter, data_dir)
    return subprocess.Popen(command(data_dir, *arguments), stderr=subprocess.PIPE, text=True)


@pytest.fixture
def classify(starter, server, tmp_path):
    """Start a run on our server."""
    return lambda output, *settings: start(starter, server, tmp_path / "kept", output, *settings)


@pytest.fixture(scope="module")
def whole(starter, tmp_path_factory):
    """What a run that nobody ends writes."""
    folder = tmp_path_factory.mktemp("whole")
    with answering() as server:
        process = start(starter, server, folder / "kept", folder / "out.jsonl")
        status, said = finished(process)
        assert status == 0, said
    return (folder / "out.jsonl").read_bytes()


def finished(process):
    """Exit status and standard error of a process."""
    said = process.communicate()[1]
    return process.returncode, said


def at_call(server, number, act):
    """Do `act` when that many questions have come, before the last of them is answered."""

    def gate(request):
        if len(server.requests) == number:
            act()

    server.gate = gate


def gone_on(classify, server, output):
    """The output after the same command was given again, and nobody ended it."""
    server.gate = lambda request: None
    status, said = finished(classify(output))
    assert status == 0, said
    assert not unfinished(output).exists()
    return output.read_bytes()


def unfinished(output):
    return output.with_name(f"{output.name}.unfinished")


def test_the_chunk_in_hand_is_finished_and_the_same_command_goes_on(
    classify, server, whole, tmp_path
):
    output = tmp_path / "out.jsonl"
    process = classify(output)
    at_call(server, CHUNK + 2, lambda: process.send_signal(signal.SIGTERM))
    status, said = finished(process)
    assert status == 143
    assert said.splitlines()[-1] == f"isco: told to end (SIGTERM); {GO_ON}"
    assert output.read_bytes() == b"".join(whole.splitlines(keepends=True)[: 2 * CHUNK])
    assert unfinished(output).exists()
    asked = {request.text for request in server.requests}
    assert gone_on(classify, server, output) == whole
    again = [request.text for request in server.requests[len(asked) :]]
    assert not asked & set(again)


@pytest.mark.parametrize("grace", ["0", "0.01"])
def test_a_chunk_that_takes_too_long_is_dropped(classify, server, whole, tmp_path, grace):
    output = tmp_path / "out.jsonl"
    process = classify(output, f"classify.grace={grace}")

    def end_and_answer_no_more():
        process.send_signal(signal.SIGTERM)
        server.hang()

    at_call(server, CHUNK + 2, end_and_answer_no_more)
    status, said = finished(process)
    assert status == 143, said
    assert GO_ON in said
    assert output.read_bytes() == b"".join(whole.splitlines(keepends=True)[:CHUNK])
    assert unfinished(output).exists()
    assert gone_on(classify, server, output) == whole


def test_a_second_sigterm_ends_the_process_at_once(classify, server, whole, tmp_path):
    output = tmp_path / "out.jsonl"
    process = classify(output)

    def end_and_answer_no_more():
        process.send_signal(signal.SIGTERM)
        server.hang()

    at_call(server, CHUNK + 2, end_and_answer_no_more)
    assert "finished first" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    assert finished(process)[0] == -signal.SIGTERM
    assert gone_on(classify, server, output) == whole


def test_ctrl_c_says_at_once_that_the_chunk_in_hand_is_finished(classify, server, whole, tmp_path):
    output = tmp_path / "out.jsonl"
    process = classify(output)
    heard = threading.Event()

    def interrupt_and_wait_until_it_is_heard():
        process.send_signal(signal.SIGINT)
        heard.wait(60)

    at_call(server, CHUNK + 2, interrupt_and_wait_until_it_is_heard)
    said = process.stderr.readline()
    heard.set()
    status, rest = finished(process)
    assert status == 130
    assert said == "isco: finishing the ads in hand; again (Ctrl-C) to stop now\n"
    assert rest.splitlines()[-1] == f"isco: interrupted; {GO_ON}"
    assert output.read_bytes() == b"".join(whole.splitlines(keepends=True)[: 2 * CHUNK])
    assert gone_on(classify, server, output) == whole


def test_a_second_ctrl_c_drops_the_chunk_in_hand(classify, server, whole, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "json")
    output = tmp_path / "out.jsonl"
    process = classify(output)

    def interrupt_and_answer_no_more():
        process.send_signal(signal.SIGINT)
        server.hang()

    at_call(server, CHUNK + 2, interrupt_and_answer_no_more)
    while json.loads(process.stderr.readline())["event"] != "ending":
        pass
    process.send_signal(signal.SIGINT)
    status, rest = finished(process)
    last = json.loads(rest.splitlines()[-1])
    assert (status, last["exit_code"]) == (130, 130)
    assert last["message"] == f"interrupted; {GO_ON}"
    assert output.read_bytes() == b"".join(whole.splitlines(keepends=True)[:CHUNK])
    assert gone_on(classify, server, output) == whole


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_a_run_that_waits_for_more_to_be_piped_in_ends_at_once(starter, tmp_path, number, status):
    place = ("--set", f"qdrant.path={starter / 'qdrant'}", "--set", "classify.grace=600")
    process = begun(tmp_path, "classify", "-", *place, until="classify", stdin=LABELLED)
    assert ended(process, number)[0] == status


def begun(data_dir, *arguments, until, stdin=""):
    """A command that has begun the stage `until`; its standard input stays open."""
    process = subprocess.Popen(
        command(data_dir, *arguments, "--log-format", "json"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(stdin)
    process.stdin.flush()
    for line in process.stderr:
        event = json.loads(line)
        if (event["event"], event.get("stage")) == ("stage_started", until):
            return process
    raise AssertionError(f"{arguments} ended with {process.wait()} before it began to {until}")


def ended(process, number=signal.SIGTERM):
    """The exit status of a process after a signal, and its last event."""
    process.send_signal(number)
    said = process.stderr.read()
    process.communicate()
    return process.returncode, json.loads(said.splitlines()[-1])


def test_an_ingest_is_ended_and_nothing_of_it_is_in_use(tmp_path):
    status, last = ended(begun(tmp_path, "ingest", "--source", "starter", until="embed names"))
    assert (status, last["event"], last["exit_code"]) == (143, "failed", 143)
    assert GO_ON in last["message"]
    shown = subprocess.run(command(tmp_path, "status", "--json"), capture_output=True, text=True)
    assert shown.returncode == 3
    assert json.loads(shown.stdout)["collections"] == []


@pytest.mark.parametrize(
    ("arguments", "stage"),
    [
        (("learn", "-", "--source-name", "survey"), "check"),
        (("evaluate", "-"), "evaluate"),
    ],
)
def test_commands_that_read_labelled_ads_are_ended_in_words(starter, tmp_path, arguments, stage):
    place = ("--set", f"qdrant.path={starter / 'qdrant'}")
    process = begun(tmp_path, *arguments, *place, until=stage, stdin=LABELLED)
    status, last = ended(process)
    assert (status, last["event"], last["exit_code"]) == (143, "failed", 143)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_a_terminal_that_is_gone_lets_the_ads_in_hand_be_finished_as_a_batch_system_does(
    number, status
):
    # Whoever started the tests may have had it ignored.
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with finishing(20) as stop:
            signal.raise_signal(number)
            with pytest.raises(Terminated) as told:
                stop.check()
    finally:
        signal.signal(number, before)
    assert told.value.exit_code == status


def test_nohup_is_respected():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending_at_once():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
