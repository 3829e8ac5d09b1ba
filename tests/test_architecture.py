"""The house's rule: arrows run downward, room by room, and only the store knows Qdrant."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

# What a folder may import beside itself. All else at the roof (isco/*.py, isco/cli/) knows all.
BELOW = {
    "isco/core": (),
    "ingest": ("isco.core",),
    "training": ("isco.core", "isco.ingest"),
    "retriever": ("isco.core",),
    "isco/evaluation": ("isco.core", "isco.retriever"),
    "isco/review": ("isco.core", "isco.retriever", "isco.evaluation"),
    "isco/crosswalk": ("isco.core", "isco.retriever", "isco.evaluation", "isco.review"),
    "isco/report": ("isco.core", "isco.retriever", "isco.evaluation", "isco.review"),
}
# Inside retriever/, from the ground up; a room knows those below it.
ROOMS = (
    "reading", "llm", "preparing", "labelled", "searching", "deciding", "llm_stages", "pipeline",
    "factory", "learning", "running",
)  # fmt: skip
ROOF = ("isco.cli", "isco.api", "isco.serve")
LINKED = ("ingest", "retriever", "training")
PURE = (
    "isco/core/codes.py",
    "retriever/deciding/voting.py",
    "isco/core/calibration.py",
    "isco/core/learned_fit.py",
    "isco/core/odds.py",
    "isco/core/embedding/exact.py",
    "retriever/searching/inverted_index.py",
    "retriever/searching/linear_head.py",
    "retriever/searching/name_vectors.py",
    "retriever/deciding/decision.py",
    "retriever/deciding/evidence.py",
    "retriever/deciding/combining.py",
    "retriever/deciding/occupations.py",
    "retriever/labelled/equal_ads.py",
    "retriever/labelled/kernel.py",
    "retriever/labelled/labels.py",
    "retriever/labelled/ridge.py",
    "retriever/pipeline.py",
    "ingest/cleaning.py",
    *(
        f"isco/crosswalk/{name}.py"
        for name in (
            "columns",
            "links",
            "sources",
            "prefixes",
            "weighing",
            "joining",
            "rows",
            "quality",
        )
    ),
    *(f"isco/report/{name}.py" for name in ("tally", "drift", "title_drift")),
    *(
        f"isco/serve/{name}.py"
        for name in (
            "groups",
            "problems",
            "desk/entries",
            "desk/sharing",
            "desk/progress",
            "desk/marking",
        )
    ),
    *(
        f"isco/review/{name}.py"
        for name in (
            "answers",
            "queue",
            "sheet",
            "decisions",
            "merging",
            "random_share",
            "label_studio",
        )
    ),
    *(
        f"isco/evaluation/{name}.py"
        for name in (
            "metrics",
            "intervals",
            "coverage",
            "reliability",
            "confusion",
            "breakdown",
            "occupations",
            "second_opinion",
            "comparison",
            "agreement",
            "html/plots",
            "html/drawing",
            "html/wording",
        )
    ),
)
IO_MODULES = {"pathlib", "os", "io", "sqlite3", "urllib", "socket", "subprocess", "qdrant_client"}
CONCURRENCY = {"threading", "concurrent", "multiprocessing", "asyncio", "queue"}


def imports(path: Path) -> set[str]:
    """Dotted names of all modules that a file imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def sources(*folders: str) -> list[Path]:
    """All files of the house in these folders; by default of all, each by its one real path."""
    wanted = folders or ("isco", *LINKED)
    links = {ROOT / "isco" / name for name in LINKED}
    return sorted(
        path
        for folder in wanted
        for path in (ROOT / folder).rglob("*.py")
        if not any(path.is_relative_to(link) for link in links)
    )


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("folder", BELOW)
def test_a_floor_knows_only_what_lies_below_it(folder: str) -> None:
    own = "isco." + folder.removeprefix("isco/")
    allowed = (own, *BELOW[folder])
    for path in sources(folder):
        # `from isco.core import …` shows as isco.core and as what is taken of it.
        ours = {name for name in imports(path) if is_in(name, "isco")} - {"isco"}
        above = {name for name in ours if not any(is_in(name, below) for below in allowed)}
        assert not above, path


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_retriever_knows_only_the_rooms_below_it(room: str) -> None:
    place = ROOT / "retriever" / room
    allowed = ROOMS[: ROOMS.index(room) + 1]
    for path in sources(f"retriever/{room}") if place.is_dir() else [place.with_suffix(".py")]:
        rooms = {
            name.split(".")[2]
            for name in imports(path)
            if is_in(name, "isco.retriever") and name != "isco.retriever"
        }
        assert rooms <= set(allowed), path


def test_every_part_of_the_retriever_has_its_place_in_the_order() -> None:
    parts = {
        path.relative_to(ROOT / "retriever").parts[0].removesuffix(".py")
        for path in sources("retriever")
    }
    assert parts - {"__init__"} == set(ROOMS)


def test_nothing_below_imports_the_roof() -> None:
    for path in sources(*BELOW):
        assert not {n for n in imports(path) if any(is_in(n, roof) for roof in ROOF)}, path


def test_nothing_is_imported_by_a_second_name() -> None:
    for path in [*sources(), *sorted((ROOT / "benchmarks").rglob("*.py"))]:
        tops = {name.split(".")[0] for name in imports(path)}
        assert not tops & {*LINKED, "evaluation"}, path


def test_only_the_store_imports_qdrant_client() -> None:
    knowing = {
        path.parent for path in sources() if any(is_in(n, "qdrant_client") for n in imports(path))
    }
    assert knowing == {ROOT / "isco" / "core" / "store"}


def test_only_the_engine_for_it_imports_ray() -> None:
    knowing = {path.name for path in sources() if any(is_in(n, "ray") for n in imports(path))}
    assert knowing == {"ray_cluster.py", "ray_engine.py"}


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


def test_the_pipeline_has_no_threads_and_nobody_inherits_from_it() -> None:
    assert not {n.split(".")[0] for n in imports(ROOT / "retriever" / "pipeline.py")} & CONCURRENCY
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert "Classifier" not in {getattr(base, "id", None) for base in node.bases}, path


def test_every_module_of_the_house_stands_in_the_picture() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for path in sources():
        shown = path.name in picture or f"{path.parent.name}/" in picture
        assert shown, f"docs/architecture.md does not show {path.relative_to(ROOT)}"
