"""One writer an output."""

import subprocess
import sys
from pathlib import Path

import pytest

from isco.core.errors import UnavailableError
from isco.retriever.running.output_lock import sole_writer


def test_a_second_writer_is_told_who_has_it_and_the_first_one_leaves_nothing(
    tmp_path: Path,
) -> None:
    output = tmp_path / "codes.jsonl"
    script = (
        "import sys; from pathlib import Path\n"
        "from isco.retriever.running.output_lock import sole_writer\n"
        "with sole_writer(Path(sys.argv[1])):\n"
        "    print('mine', flush=True); sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", script, str(output)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "mine\n"
        told = pytest.raises(UnavailableError, match=f"written by process {other.pid} on ")
        with told, sole_writer(output):
            pass
        other.kill()
    # Killed, it can't clear up; nobody is kept waiting by that.
    with sole_writer(output):
        assert (tmp_path / "codes.jsonl.lock").exists()
    assert list(tmp_path.iterdir()) == []


def test_outputs_of_other_names_are_others(tmp_path: Path) -> None:
    with sole_writer(tmp_path / "a.jsonl"), sole_writer(tmp_path / "b.jsonl"):
        pass


def test_where_no_file_can_be_made_it_is_the_system_s_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"), sole_writer(tmp_path / "no" / "a.jsonl"):
        pass
