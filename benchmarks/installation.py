"""`isco` as a user has it, for benchmarks: commands in processes of their own, on a data folder."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from isco.core.errors import UnavailableError

ENTRY = (sys.executable, "-c", "from isco.cli.main import main; main()")
ROOT = Path(__file__).parent.parent
# Kilobytes on Linux, bytes on macOS.
_A_MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10


def arguments(data_dir: Path, *words: str, threads: int = 1) -> list[str]:
    """What follows `isco`: `words`, without an LLM, on `data_dir`, with so many CPU threads."""
    keys = {"data_dir": data_dir, "llm.backend": "none", "embedding.threads": threads}
    return [*words, *(part for key, value in keys.items() for part in ("--set", f"{key}={value}"))]


def environment(threads: int = 1) -> dict[str, str]:
    """This process's environment, with every numeric library held to so many threads."""
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    # The code measured is the code beside the benchmarks, whatever is installed.
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, **limits, "PYTHONPATH": path}


def isco(data_dir: Path, *words: str, threads: int = 1) -> str:
    """Run a command to its end and return its output. Raises UnavailableError when it fails."""
    command = [*ENTRY, *arguments(data_dir, *words, threads=threads)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(threads))
    if done.returncode:
        said = " ".join(done.stderr.split())[-300:]
        raise UnavailableError(f"isco {words[0]} ended with {done.returncode}: {said}")
    return done.stdout


@dataclass(frozen=True)
class Spent:
    """Of one command: seconds by the clock, CPU seconds of its own, and MiB at its peak."""

    seconds: float
    cpu: float
    peak: float


def spent_by(data_dir: Path, *words: str, entry: Sequence[str] = ENTRY) -> Spent:
    """Run a command to its end, for what that takes. Raises UnavailableError when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [*entry, *arguments(data_dir, *words)], env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise UnavailableError(f"isco {words[0]} ended with {process.returncode}")
    seconds = time.perf_counter() - started
    return Spent(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / _A_MEGABYTE)


@contextmanager
def workplace(data_dir: Path | None) -> Iterator[tuple[Path, Path]]:
    """A data folder, and an empty one that goes at the end.

    Without `data_dir` the starter taxonomy is ingested into a folder that goes as well.
    """
    with TemporaryDirectory(prefix="isco-benchmark-") as folder:
        scratch = Path(folder)
        if data_dir is None:
            data_dir = scratch / "starter"
            isco(data_dir, "ingest", "--source", "starter", threads=os.cpu_count() or 1)
        yield data_dir, scratch
