"""The documentation: its links lead somewhere, its commands exist, its site builds."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys

import click
import pytest
import yaml

from isco.cli.main import COMMANDS, cli
from isco.core import __version__
from tests.conftest import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TUTORIAL = ROOT / "docs" / "tutorial.ipynb"
on_each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(page, *languages):
    return [
        text for language, text in FENCE.findall(page.read_text("utf-8")) if language in languages
    ]


def anchors(page):
    """What GitHub makes of the headings."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


@on_each_page
def test_links_within_the_project_lead_to_files_and_headings(page):
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(prose):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{link}: no such heading"


@on_each_page
def test_commands_and_options_in_code_blocks_exist(page):
    for block in blocks(page, "sh", "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            for words in invocations(line):
                command = cli.get_command(click.Context(cli), words[0])
                assert command is not None, f"isco {words[0]}: {line}"
                known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
                known |= {"--help", "-h"}
                given = {word.partition("=")[0] for word in words if word.startswith("-")} - {"-"}
                assert given <= known, f"{given - known}: {line}"


def invocations(line):
    """The arguments of each call of isco's commands in a line."""
    for part in re.split(r"\|\||&&|[|;]", line):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue
        if "isco" in words[:6]:
            rest = words[words.index("isco") + 1 :]
            rest = rest[: rest.index(">")] if ">" in rest else rest
            if rest and re.fullmatch(r"[a-z]+", rest[0]):
                yield rest


@on_each_page
def test_python_in_code_blocks_is_python(page):
    for block in blocks(page, "python"):
        ast.parse(block)


@on_each_page
def test_yaml_in_code_blocks_is_yaml(page):
    for block in blocks(page, "yaml"):
        list(yaml.safe_load_all(block))


def test_the_readme_names_its_targets_before_anything_else():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"make ([a-z]+)", blocks(ROOT / "README.md", "sh")[0])
    assert named == ["demo", "test"]
    assert all(re.search(rf"^{name}:", makefile, re.MULTILINE) for name in named)


def test_every_command_is_spoken_of_in_some_page():
    said = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [name for name in COMMANDS if f"isco {name}" not in said] == []


def test_how_to_cite_says_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["license"]) == (__version__, "MIT")
    assert f"version = {{{__version__}}}" in (ROOT / "docs" / "citing.md").read_text("utf-8")


def test_the_workflow_runs_what_has_to_pass():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    runs = [step.get("run") for job in workflow["jobs"].values() for step in job["steps"]]
    assert {".ci/run", "make docs"} <= set(runs)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_every_page_of_the_documentation_is_in_the_sites_navigation():
    sections = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    listed = {path for section in sections for path in leaves(section)}
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").glob("*.md")}
    assert pages - listed == set()


def leaves(section):
    if isinstance(section, str):
        return [section]
    values = section.values() if isinstance(section, dict) else section
    return [path for value in values for path in leaves(value)]


@pytest.mark.processes
def test_the_site_builds_without_a_warning(tmp_path):
    for package in ("mkdocstrings", "mermaidx"):
        pytest.importorskip(package, reason="the extra docs is not installed")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "HGV class 1 driver" in (tmp_path / "tutorial" / "index.html").read_text("utf-8")
    pages = {page: page.read_text("utf-8") for page in tmp_path.rglob("*.html")}
    # What draws diagrams and emoji in browsers would come from elsewhere.
    elsewhere = re.compile(r'<(?:script|img)[^>]* src="(?:https?:)?//|class="mermaid"')
    assert [page for page, text in pages.items() if elsewhere.search(text)] == []
    for page in ("index.html", "architecture/index.html"):
        assert '<div class="diagram"><svg' in pages[tmp_path / page]


@pytest.mark.slow
def test_the_tutorial_prints_what_stands_in_it(tmp_path, monkeypatch):
    folder = tmp_path / "docs"
    folder.mkdir()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(folder)
    names = {}
    for cell in json.loads(TUTORIAL.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            *body, last = ast.parse("".join(cell["source"])).body
            exec(compile(ast.Module(body, []), TUTORIAL.name, "exec"), names)
            value = eval(compile(ast.Expression(last.value), TUTORIAL.name, "eval"), names)
            [given] = cell["outputs"]
            assert repr(value) == "".join(given["data"]["text/plain"])
