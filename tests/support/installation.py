"""An installation as a user has it: commands in processes of their own, the starter ingested."""

import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.support.kept_folder import content_key, copy_kept

ROOT = Path(__file__).parents[2]
# What an ingest depends on: its code, its data, its defaults, and the packages that it uses.
INGEST = ("ingest", "isco/core", "isco/cli", "profiles")
# What the demo ingests, in one language.
STARTER = ("--source", "starter", "--language", "en", "--profile", "quick")
VECTORS, EMBEDDED_BY = "embeddings.sqlite3", "embedded_by"


def command(data_dir: Path, *arguments: str) -> list[str]:
    """The command line of `isco` with these arguments, on that data_dir."""
    entry = "from isco.cli.main import main; main()"
    return [sys.executable, "-c", entry, *arguments, "--set", f"data_dir={data_dir}"]


def searched_before(starter: Path, data_dir: Path) -> Path:
    """Make `data_dir`, for commands on the Qdrant of `starter`, with the snapshot of a search."""
    if not (starter / "snapshots").exists():
        subprocess.run(command(starter, "search", "nurse"), stdout=subprocess.DEVNULL, check=True)
    if not data_dir.exists():
        shutil.copytree(starter / "snapshots", data_dir / "snapshots")
    return data_dir


def ingest_starter(data_dir: Path, before: Path | None) -> None:
    """Ingest the starter taxonomy by the default model; what is said of it is in summary.json.

    The vectors of an ingest `before` are taken over if the same code and packages embedded them.
    """
    mark = content_key(ROOT, ("isco/core/embedding",), *_packages())
    embedded_by = before / EMBEDDED_BY if before else None
    if before and embedded_by and embedded_by.is_file() and embedded_by.read_text() == mark:
        shutil.copy2(before / VECTORS, data_dir / VECTORS)
    done = subprocess.run(
        command(data_dir, "ingest", *STARTER, "--json"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (data_dir / "summary.json").write_text(done.stdout, encoding="utf-8")
    (data_dir / EMBEDDED_BY).write_text(mark, encoding="utf-8")


def _packages() -> list[str]:
    return sorted({f"{found.name} {found.version}" for found in distributions()})


@pytest.fixture(scope="session")
def starter(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data_dir of this session's own with the starter taxonomy, ingested by the default model.

    The ingest takes half a minute, and is kept until something that it depends on is another.
    """
    config = (ROOT / "config.yaml").read_text(encoding="utf-8")
    key = content_key(ROOT, INGEST, config, *STARTER, *_packages())
    kept = pytestconfig.rootpath / ".pytest_cache" / "starter"
    data_dir = tmp_path_factory.mktemp("starter") / "data"
    copy_kept(kept, key, ingest_starter, data_dir)
    return data_dir
