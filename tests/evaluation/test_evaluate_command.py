"""`isco evaluate` as a user runs it: a real model, an embedded Qdrant, processes of their own."""

import json
import subprocess

import pytest

from tests.conftest import ROOT
from tests.evaluation.test_html_report import Page
from tests.evaluation.test_melo import FILES
from tests.support.installation import command

pytestmark = pytest.mark.processes

EXAMPLES = ROOT / "examples" / "ads.jsonl"


@pytest.fixture
def run(starter):
    def start(*arguments):
        arguments = map(str, arguments)
        return subprocess.run(
            command(starter, "evaluate", *arguments), capture_output=True, text=True
        )

    return start


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """The first twelve example ads and the last ones, some of which are no jobs."""
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path_factory.mktemp("few") / "few.jsonl"
    path.write_text("".join([*lines[:12], *lines[-6:]]), encoding="utf-8")
    return path


def test_the_report_says_the_same_as_json_as_text_and_as_a_page(run, few, tmp_path):
    done = run(few, "-o", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (tmp_path / "report").iterdir())
    assert names == ["evaluation.json", "evaluation.txt", "report.html"]
    assert (tmp_path / "report" / "evaluation.txt").read_text(encoding="utf-8") == done.stdout
    data = json.loads((tmp_path / "report" / "evaluation.json").read_text(encoding="utf-8"))
    page = Page((tmp_path / "report" / "report.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert f"{data['accuracy']['4']:.3f}" in done.stdout
    assert f"4 digits {100 * data['accuracy']['4']:.1f}%" in page.text
    assert f"{data['n']} of few.jsonl" in page.text
    assert data["taxonomy"] in page.text
    assert "data_dir" in page.text


def test_two_configurations_are_compared_over_the_same_options(run, few, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("decision:\n  temperature: 0.123\n", encoding="utf-8")
    output = tmp_path / "report"
    done = run(few, "--compare", "paper-rule", mine, "--set", "search.top=9", "--json",
               "-o", output)  # fmt: skip
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["a"]["changed"]["decision.neighbours"] == 15
    assert data["b"]["changed"]["decision.temperature"] == 0.123
    assert data["a"]["changed"]["search.top"] == data["b"]["changed"]["search.top"] == 9
    four = data["accuracy"]["4"]
    assert four["a"] == data["a"]["evaluation"]["accuracy"]["4"]
    assert four["difference"] == pytest.approx(four["b"] - four["a"], abs=1e-4)
    alone = len(data["only_b_right"]) - len(data["only_a_right"])
    assert alone == round(four["difference"] * data["n"])
    names = sorted(path.name for path in output.iterdir())
    assert names == ["comparison.html", "comparison.json", "comparison.txt"]
    assert Page((output / "comparison.html").read_text(encoding="utf-8")).open == []


def test_a_configuration_is_as_good_as_itself(run, few):
    done = run(few, "--compare", "paper-rule", "paper-rule", "--json")
    data = json.loads(done.stdout)
    assert (data["only_a_right"], data["only_b_right"], data["mcnemar_p"]) == ([], [], 1)
    assert data["a"]["evaluation"] == data["b"]["evaluation"]


def test_an_error_of_one_of_two_configurations_names_it(run, few, tmp_path):
    (tmp_path / "b.yaml").write_text("qdrant:\n  alias: nothing_here\n", encoding="utf-8")
    done = run(few, "--compare", "paper-rule", tmp_path / "b.yaml")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"isco: {tmp_path / 'b.yaml'}: no taxonomy has been ingested")


def test_melo_ranks_names_with_the_configured_model(run, tmp_path):
    folder = tmp_path / "zzz_q_en_c_en"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    done = run("--melo", folder, "-o", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    data = json.loads((tmp_path / "report" / "melo.json").read_text(encoding="utf-8"))
    assert (data["queries"], data["accuracy"]["1"]) == (3, 0.6667)
    assert (tmp_path / "report" / "melo.txt").read_text(encoding="utf-8") == done.stdout
    assert data["embedding"] in done.stdout
    again = run("--melo", folder, "--json")
    assert json.loads(again.stdout) == data


def test_melo_needs_no_taxonomy(tmp_path):
    folder = tmp_path / "melo"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    arguments = command(tmp_path / "empty", "evaluate", "--melo", str(folder), "--json")
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_configurations_that_read_other_columns_are_not_compared(run, few, tmp_path):
    (tmp_path / "b.yaml").write_text("input:\n  title: name\n", encoding="utf-8")
    done = run(few, "--compare", "paper-rule", tmp_path / "b.yaml")
    assert done.returncode == 2
    assert "differ in the section input" in done.stderr
