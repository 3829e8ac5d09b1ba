"""`isco` in processes and sessions of their own, forked from one that has imported everything or
started as a user does."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.campaign.forks"])


class Forked:
    """`isco` with the stand-in embedding; standard output and error go to `said` and `.err`;
    standard input is empty, or `closed`."""

    def __init__(self, arguments: Sequence[str], said: Path, closed: bool = False) -> None:
        self._process = FORKS.Process(target=_isco, args=(list(arguments), said, closed))
        self._process.start()
        self.pid = self._process.pid or 0

    def wait(self, seconds: float) -> int | None:
        """The exit status, None if it has not ended by then."""
        self._process.join(seconds)
        return self._process.exitcode


class Started:
    """`python -m MODULE` with these arguments, as `Forked` otherwise."""

    def __init__(self, module: str, arguments: Sequence[str], said: Path) -> None:
        with said.open("wb") as out, said.with_suffix(".err").open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def wait(self, seconds: float) -> int | None:
        """The exit status, None if it has not ended by then."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


def _isco(arguments: list[str], said: Path, closed: bool) -> None:
    os.setsid()
    if closed:
        os.close(0)
    for number, path in ((1, said), (2, said.with_suffix(".err"))):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    from isco.cli.main import main

    sys.argv = ["isco", *arguments]
    main()
