"""The house's rule: arrows run downward, and only the store knows Qdrant."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

ALLOWED = {
    "isco": {"isco"},
    "ingest": {"isco", "ingest"},
    "retriever": {"isco", "retriever"},
    "evaluation": {"isco", "retriever", "evaluation"},
}
PURE = (
    "isco/core/codes.py",
    "retriever/deciding/voting.py",
    "ingest/cleaning.py",
    *(
        f"isco/evaluation/{name}.py"
        for name in (
            "metrics",
            "intervals",
            "coverage",
            "reliability",
            "confusion",
            "breakdown",
            "second_opinion",
            "comparison",
            "html/plots",
            "html/drawing",
            "html/wording",
        )
    ),
)
IO_MODULES = {"pathlib", "os", "io", "sqlite3", "urllib", "socket", "subprocess", "qdrant_client"}


def imports(path: Path) -> set[str]:
    """Dotted names of all modules that a file imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", ALLOWED)
def test_packages_know_only_what_lies_below_them(package: str) -> None:
    for path in sources(package):
        if path.is_relative_to(ROOT / "isco" / "cli"):
            continue
        ours = {name.split(".")[0] for name in imports(path)} & ALLOWED.keys()
        assert ours <= ALLOWED[package], path


def test_nothing_imports_the_command_line() -> None:
    for package in ALLOWED:
        for path in sources(package):
            if not path.is_relative_to(ROOT / "isco" / "cli"):
                assert not {n for n in imports(path) if n.startswith("isco.cli")}, path


def test_only_the_store_imports_qdrant_client() -> None:
    knowing = {
        path.parent
        for package in ALLOWED
        for path in sources(package)
        if any(name.split(".")[0] == "qdrant_client" for name in imports(path))
    }
    assert knowing == {ROOT / "isco" / "store"}


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_do_no_input_or_output(name: str) -> None:
    path = ROOT / name
    assert not {module.split(".")[0] for module in imports(path)} & IO_MODULES
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "print", "input"}


def test_every_module_of_the_house_stands_in_the_picture() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for package in ALLOWED:
        for path in sources(package):
            shown = path.name in picture or f"{path.parent.name}/" in picture
            assert shown, f"docs/architecture.md does not show {path.relative_to(ROOT)}"
