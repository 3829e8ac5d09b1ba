"""Commands wait for nothing that they do not use, in processes of their own."""

import json
import shutil
import subprocess
import sys

import pytest

from isco.core.config import load_settings
from isco.core.store import OccupationStore
from tests.conftest import ROOT
from tests.support.installation import command

pytestmark = pytest.mark.processes

EXAMPLES = ROOT / "examples" / "ads.jsonl"
HEAVY = (
    "numpy", "openai", "pandas", "pydantic", "qdrant_client", "scipy", "sklearn", "torch",
    "transformers",
)  # fmt: skip
NEEDED_TO_RANK = {"numpy", "pydantic"}
TELLING = f"""
import sys
from isco.cli.main import main
try:
    main()
finally:
    print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)
"""


@pytest.fixture
def data_dir(starter, tmp_path):
    """An installation of our own that was searched once."""
    folder = tmp_path / "data"
    shutil.copytree(starter, folder)
    shutil.rmtree(folder / "snapshots", ignore_errors=True)
    search(folder)
    return folder


def search(data_dir):
    done = subprocess.run(
        command(data_dir, "search", "nurse", "--json"), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def imported(*arguments):
    """The heavy libraries that a command has imported when it ends."""
    entry = [sys.executable, "-c", TELLING, *arguments]
    done = subprocess.run(entry, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_help_imports_no_library_but_click():
    assert imported("--help") == set()


def test_a_search_imports_what_ranking_needs_alone(data_dir):
    assert imported("search", "nurse", "--set", f"data_dir={data_dir}") == NEEDED_TO_RANK


def test_classifying_without_an_llm_imports_what_ranking_needs_alone(data_dir, tmp_path):
    arguments = (str(EXAMPLES), "--limit", "3", "-o", str(tmp_path / "out.jsonl"))
    found = imported("classify", *arguments, "--set", f"data_dir={data_dir}")
    assert found == NEEDED_TO_RANK


def test_searches_run_beside_whoever_has_the_folder(data_dir):
    alone = search(data_dir)
    settings = load_settings(environment={}, flags={"data_dir": data_dir})
    with OccupationStore(settings):
        assert search(data_dir) == alone


def test_two_runs_at_once_give_what_one_gives(data_dir, tmp_path):
    outputs = [tmp_path / f"{name}.jsonl" for name in ("one", "two")]
    runs = [
        subprocess.Popen(
            command(data_dir, "classify", str(EXAMPLES), "--limit", "20", "-o", str(output)),
            stderr=subprocess.DEVNULL,
        )
        for output in outputs
    ]
    assert [run.wait() for run in runs] == [0, 0]
    assert outputs[0].read_bytes() == outputs[1].read_bytes() != b""
