"""What is installed: one import name, with all that belongs to it, from any kind of checkout."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.processes

LINKS = ("isco/ingest", "isco/retriever", "isco/training")
# One file of each kind that is no Python, where an installation looks for it.
DATA = (
    "isco/py.typed",
    "isco/core/defaults/config.yaml",
    "isco/core/defaults/profiles/paper.yaml",
    "isco/core/embedding/adapters/occupations.npz",
    "isco/evaluation/html/templates/report.html.jinja",
    "isco/ingest/data/isco08_starter.jsonl",
    "isco/retriever/deciding/fits/default.yaml",
    "isco/retriever/llm/prompts/reranking.yaml",
    "isco/retriever/preparing/rules/screening.yaml",
    "isco/serve/static/desk.js",
    "isco/serve/templates/code.html.jinja",
)
NOT_BUILT = (".git", ".venv", ".demo", ".isco", "__pycache__", "benchmarks", "docs", "tests")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("checkout") / "isco", links=True)


@pytest.fixture(scope="module")
def without_links(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout as git makes it where there are no symbolic links: files that name the target."""
    return copied(tmp_path_factory.mktemp("without-links") / "isco", links=False)


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    return built(checkout, "wheel")


def copied(folder: Path, links: bool) -> Path:
    """What the build reads of this checkout, in `folder`."""
    for path, folders, files in os.walk(ROOT):
        here = Path(path)
        folders[:] = [f for f in folders if f not in NOT_BUILT and not (here / f).is_symlink()]
        (folder / here.relative_to(ROOT)).mkdir(parents=True)
        for name in files:
            if name != ".git" and not (here / name).is_symlink():
                (folder / here.relative_to(ROOT) / name).write_bytes((here / name).read_bytes())
    for name in LINKS:
        target = f"../{PurePosixPath(name).name}"
        (folder / name).symlink_to(target) if links else (folder / name).write_text(target)
    return folder


def built(source: Path, target: str) -> Path:
    """The wheel or sdist of `source`, built without the network."""
    out = source.parent / f"{target}-of-{source.name}"
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)],
        cwd=source, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (file,) = out.iterdir()
    return file


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        return {name: archive.read(name) for name in names if ".dist-info/" not in name}


def imported_from(folder: Path, path: Path) -> str:
    """Where `isco.retriever` and `isco.ingest` come from in a program run in `folder`."""
    program = "import isco.ingest.load, isco.retriever.pipeline as p; print(p.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def beside_namesakes(tmp_path: Path) -> Path:
    """A folder with packages of a user's own that have the names of our rooms."""
    for name in ("evaluation", "ingest", "retriever", "core"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not yours')")
    return tmp_path


def test_the_links_lead_to_the_folders_at_the_top() -> None:
    for name in LINKS:
        link = ROOT / name
        if link.is_symlink():
            assert link.resolve() == ROOT / link.name
        else:
            assert link.read_text() == f"../{link.name}"


def test_a_wheel_has_one_name_at_the_top(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        top = {name.split("/")[0] for name in archive.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"isco"}


def test_a_wheel_holds_every_module_and_what_they_read(wheel: Path) -> None:
    held = contents(wheel)
    assert set(DATA) <= held.keys()
    folders = (ROOT / "isco", ROOT / "ingest", ROOT / "retriever", ROOT / "training")
    for folder in folders:
        at = "isco" if folder.name == "isco" else f"isco/{folder.name}"
        for path in folder.rglob("*.py"):
            name = f"{at}/{path.relative_to(folder).as_posix()}"
            assert held[name] == path.read_bytes(), name
    for path in (ROOT / "profiles").iterdir():
        assert f"isco/core/defaults/profiles/{path.name}" in held


def test_a_checkout_without_symbolic_links_builds_the_same_wheel(
    wheel: Path, without_links: Path
) -> None:
    assert contents(built(without_links, "wheel")) == contents(wheel)


def test_an_sdist_holds_everything_once_and_builds_the_same_wheel(
    wheel: Path, checkout: Path, tmp_path: Path
) -> None:
    with tarfile.open(built(checkout, "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    assert (source / "retriever" / "pipeline.py").is_file()
    assert (source / "ingest" / "load.py").is_file()
    assert not any((source / name).exists() for name in LINKS)
    assert contents(built(source, "wheel")) == contents(wheel)


def test_an_installation_works_beside_packages_of_the_same_names(
    wheel: Path, beside_namesakes: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    found = imported_from(beside_namesakes, site)
    assert found == str(site / "isco" / "retriever" / "pipeline.py")


def test_a_checkout_works_without_symbolic_links(
    without_links: Path, beside_namesakes: Path
) -> None:
    found = imported_from(beside_namesakes, without_links)
    assert found == str(without_links / "retriever" / "pipeline.py")
