"""An installation as a user has it: commands in processes of their own, the starter ingested."""

import subprocess
import sys
from pathlib import Path

import pytest


def command(data_dir: Path, *arguments: str) -> list[str]:
    """The command line of `isco` with these arguments, on that data_dir."""
    entry = "from isco.cli.main import main; main()"
    return [sys.executable, "-c", entry, *arguments, "--set", f"data_dir={data_dir}"]


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data_dir with the starter taxonomy, ingested by the default model."""
    data_dir = tmp_path_factory.mktemp("starter")
    done = subprocess.run(
        command(data_dir, "ingest", "--source", "starter", "--json"), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (data_dir / "summary.json").write_text(done.stdout)
    return data_dir
