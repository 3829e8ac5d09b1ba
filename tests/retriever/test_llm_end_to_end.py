"""`isco classify` with a language model, in processes of its own: killed, starved, fed rubbish."""

import json
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.installation import command, searched_before
from tests.support.llm_double import LlmDouble
from tests.support.llm_double.faults import Fault, answer_with

pytestmark = pytest.mark.processes

EXAMPLES = ROOT / "examples" / "ads.jsonl"
ADS, FEW_ADS = 24, 8


def answer(request):
    """Extraction for any ad: its own first line as title and second as sentence."""
    lines = [line for line in request.text.splitlines() if line and not line.startswith("<")]
    return json.dumps({"is_job": True, "title": lines[0][:60], "description": lines[-1][:200]})


@pytest.fixture
def server():
    with LlmDouble() as double:
        double.stand_in.answer = answer
        double.stand_in.first_tokens = [{"A": -0.5, "B": -1.5, "C": -2.5, "D": -4.0}]
        yield double
        assert double.violations == []


@pytest.fixture
def isco(starter, tmp_path):
    """Start `isco classify` on the first example ads; its answers are kept in a folder of ours."""

    def start(
        output: Path, *settings: str, kept: str = "kept", ads: int = ADS
    ) -> subprocess.Popen[str]:
        arguments = ["classify", str(EXAMPLES), "--limit", str(ads), "-o", str(output)]
        for setting in (f"qdrant.path={starter / 'qdrant'}", *settings):
            arguments += ["--set", setting]
        return subprocess.Popen(
            command(searched_before(starter, tmp_path / kept), *arguments),
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def finished(process):
    """Exit status and standard error of a process."""
    said = process.communicate()[1]
    return process.returncode, said


def asked(server):
    return Counter(request.text for request in server.requests)


def url(server, **more):
    values = {"llm.url": server.url, "extraction.by": "llm", "classify.chunk": "8", **more}
    return [f"{key}={value}" for key, value in values.items()]


def test_every_ad_gets_a_row_and_the_summary_says_what_it_cost(isco, server, tmp_path):
    output = tmp_path / "out.jsonl"
    status, said = finished(isco(output, *url(server)))
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert (status, len(rows)) == (0, ADS), said
    paths = Counter(row["path"] for row in rows)
    assert set(paths) == {"rerank", "unanimous", "not_a_job"}
    for row in rows:
        assert row["versions"]["llm"] == "double@unpinned"
        offered = {candidate["isco_code"] for candidate in row["candidates"]}
        assert row["isco_code"] in offered or row["path"] == "not_a_job"
    assert "LLM openai: llm.url is set" in said
    assert f"extraction   {ADS - paths['not_a_job']} calls, 0 answers from the cache" in said
    assert f"reranking    {2 * paths['rerank']} calls, 0 answers from the cache" in said


def test_the_second_run_asks_the_server_nothing(isco, server, tmp_path):
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert finished(isco(first, *url(server)))[0] == 0
    calls = len(server.requests)
    status, said = finished(isco(second, *url(server)))
    assert status == 0
    assert len(server.requests) == calls
    assert second.read_bytes() == first.read_bytes()
    assert "extraction   0 calls" in said


def test_after_a_kill_no_finished_call_is_repeated_and_the_output_is_the_same(
    isco, server, tmp_path
):
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    one_by_one = {"llm.concurrency": "1"}
    assert finished(isco(whole, *url(server, **one_by_one), kept="other"))[0] == 0
    expected = asked(server)
    server.requests.clear()
    process = isco(broken, *url(server, **one_by_one))

    def kill_at_the_thirtieth(request):
        if len(server.requests) == 30:
            process.send_signal(signal.SIGKILL)

    server.gate = kill_at_the_thirtieth
    assert finished(process)[0] == -signal.SIGKILL
    server.gate = lambda request: None
    assert finished(isco(broken, *url(server, **one_by_one)))[0] == 0
    assert broken.read_bytes() == whole.read_bytes()
    assert asked(server).keys() == expected.keys()
    # The one that was being asked, and at most one whose answer had just come.
    assert (asked(server) - expected).total() <= 2


def test_a_server_that_dies_ends_the_run_which_goes_on_when_it_is_back(isco, server, tmp_path):
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    assert finished(isco(whole, *url(server), kept="other"))[0] == 0
    server.faults = [Fault(text="Lyon", die=True)]
    patience = {"llm.retries": "0", "llm.give_up_after": "3"}
    status, said = finished(isco(broken, *url(server, **patience)))
    assert status == 3
    assert "run the same command again" in said
    server.open()
    assert finished(isco(broken, *url(server, **patience)))[0] == 0
    assert broken.read_bytes() == whole.read_bytes()


def test_rubbish_and_refusals_cost_their_own_ads_alone(isco, server, tmp_path):
    output = tmp_path / "out.jsonl"
    server.faults = [
        answer_with(400, "context too long", text="HGV", times=99),
        Fault(text="Zahnmedizinische", times=99, body=b'{"choices": [{"mess'),
        answer_with(500, text="Dependiente", times=99),
    ]
    everything = {"reranking.when": "unsure", "reranking.below": "1.0"}
    status, said = finished(isco(output, *url(server, **{"llm.retries": "0"}, **everything)))
    rows = {row["id"]: row for row in map(json.loads, output.read_text().splitlines())}
    assert (status, len(rows)) == (0, ADS), said
    assert {i for i, row in rows.items() if row["path"] == "fallback"} == {
        "demo-02", "demo-04", "demo-05",
    }  # fmt: skip
    assert "context too long" in rows["demo-04"]["reason"]
    assert "refused" in rows["demo-04"]["profile"]["extracted_by"]
    for ad in ("demo-02", "demo-04", "demo-05"):
        assert rows[ad]["isco_code"] is not None


def test_a_server_that_is_away_at_the_start_is_said_before_any_ad_is_read(isco, server, tmp_path):
    server.close()
    output = tmp_path / "out.jsonl"
    status, said = finished(isco(output, *url(server)))
    assert status == 3
    assert "can be reached" in said or "can't be reached" in said
    assert not output.exists()


def test_a_real_small_model_gives_every_ad_a_valid_code(isco, smollm2_gguf, tmp_path):
    output = tmp_path / "out.jsonl"
    settings = [
        f"llm.model={smollm2_gguf}", "llm.device=cpu", "extraction.by=llm",
        "extraction.text_characters=200", f"extraction.prompt={_short_prompt(tmp_path)}",
        "reranking.orders=1",
    ]  # fmt: skip
    status, said = finished(isco(output, *settings, ads=FEW_ADS))
    assert status == 0, said
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(rows) == FEW_ADS
    for row in rows:
        offered = {candidate["isco_code"] for candidate in row["candidates"]}
        assert row["path"] in {"rerank", "not_a_job", "majority", "unanimous"}
        assert row["isco_code"] in offered or row["path"] == "not_a_job"
        assert row["profile"] is None or row["profile"]["title"]
    assert "LLM transformers: llm.model is set" in said


def _short_prompt(folder: Path) -> Path:
    """The extraction's prompt with fewer tokens to answer in: the small model runs on and on."""
    content = (ROOT / "retriever" / "llm" / "prompts" / "extraction.yaml").read_text(
        encoding="utf-8"
    )
    path = folder / "short.yaml"
    path.write_text(content.replace("max_tokens: 400", "max_tokens: 40"), encoding="utf-8")
    return path
