"""Tests that are left out are told, whether one process runs the others or several."""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.processes

TESTS = """
import os
import pytest

@pytest.fixture
def starter():
    pass

@pytest.fixture
def installed(starter):
    pass

def test_of_the_starter(installed):
    pass

@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize("number", range(3))
def test_of_processes(number):
    pass

def test_of_nothing():
    assert os.environ.get("OMP_NUM_THREADS") == os.environ.get("EXPECTED")
"""


@pytest.fixture
def run_tests(tmp_path):
    """Run TESTS in a process of its own; gives what it printed."""
    (tmp_path / "test_them.py").write_text(TESTS, encoding="utf-8")

    def run(*options, **environment):
        kept = {name: value for name, value in os.environ.items() if "_NUM_THREADS" not in name}
        arguments = ["-p", "tests.support.selection", "--strict-markers", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments, "--rootdir", tmp_path, *options, tmp_path],
            cwd=ROOT, env=kept | environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize(
    ("workers", "environment"), [("0", {}), ("2", {"EXPECTED": "1"})], ids=["alone", "two"]
)
def test_what_is_left_out_is_counted_once_under_its_first_mark(run_tests, workers, environment):
    chosen = "not (starter or models or processes or slow)"
    said = run_tests("-m", chosen, "-n", workers, **environment)
    assert "1 passed" in said
    _, _, told = said.partition("left out")
    assert re.findall(r"^ +(\d) (\w+) \(", told, re.MULTILINE) == [
        ("3", "processes"),
        ("1", "starter"),
    ]


def test_who_leaves_nothing_out_is_told_nothing(run_tests):
    said = run_tests()
    assert "5 passed" in said
    assert "left out" not in said


def test_files_that_wait_come_first(run_tests, tmp_path):
    (tmp_path / "test_a.py").write_text("def test_quick():\n    pass\n", encoding="utf-8")
    said = run_tests("-v")
    assert said.index("test_them.py::test_of_nothing") < said.index("test_a.py::test_quick")
