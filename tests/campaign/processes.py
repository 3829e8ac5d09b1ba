"""`isco` in processes and sessions of their own, forked from one that has imported everything or
started as a user does."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.campaign.forks"])
# What programs do to files, as Python tells audit hooks of it.
_OPERATIONS = ("open", "os.", "shutil.", "sqlite3.connect")


@dataclass(frozen=True)
class Ending:
    """At the start of its `operation`th operation on files of `folder` a process ends itself; never
    at the 0th. `done` counts them."""

    folder: Path
    operation: int
    by: signal.Signals
    done: Any


class Forked:
    """`isco` with the stand-in embedding; standard output and error go to `said` and `.err`;
    standard input is empty, or `closed`."""

    def __init__(
        self,
        arguments: Sequence[str],
        said: Path,
        closed: bool = False,
        operation: int = 0,
        by: signal.Signals = signal.SIGKILL,
    ) -> None:
        self._done = FORKS.RawValue("i", 0)
        ending = Ending(said.parent, operation, by, self._done)
        self._process = FORKS.Process(target=_isco, args=(list(arguments), said, closed, ending))
        self._process.start()
        self.pid = self._process.pid or 0

    @property
    def operations(self) -> int:
        """Its operations, so far, on the files of the folder that `said` is in."""
        return int(self._done.value)

    def wait(self, seconds: float) -> int | None:
        """The exit status, None if it has not ended by then."""
        self._process.join(seconds)
        return self._process.exitcode


class Started:
    """`python -m MODULE` with these arguments, as `Forked` otherwise; its operations on files are
    not known."""

    operations = 0

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
                preexec_fn=_hear_hangups,
            )
        self.pid = self._process.pid

    def wait(self, seconds: float) -> int | None:
        """The exit status, None if it has not ended by then."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


def _isco(arguments: list[str], said: Path, closed: bool, ending: Ending) -> None:
    os.setsid()
    _hear_hangups()
    if closed:
        os.close(0)
    for number, path in ((1, said), (2, said.with_suffix(".err"))):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    from isco.cli.main import main

    sys.argv = ["isco", *arguments]
    _count(ending)
    main()


def _hear_hangups() -> None:
    """What `nohup` ignores is ignored by all that is started under it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _count(ending: Ending) -> None:
    """Count this process's operations, and end it at the one that is asked for."""
    within = str(ending.folder)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not event.startswith(_OPERATIONS):
            return
        if any(isinstance(each, str | Path) and str(each).startswith(within) for each in arguments):
            ending.done.value += 1
            if ending.done.value == ending.operation:
                os.kill(os.getpid(), ending.by)

    sys.addaudithook(hook)
