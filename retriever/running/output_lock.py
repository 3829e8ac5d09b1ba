"""One writer an output: a second run on the same file would write into the first one's rows."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import portalocker

from isco.core.errors import UnavailableError

_ALONE = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
_HOLDER_LENGTH = 200


@contextmanager
def sole_writer(output: Path) -> Iterator[None]:
    """Be the only one to write `output` until the end, by a lock on a file beside it.

    The system lets go of it when a process ends, however it does. Raises UnavailableError that says
    who writes the output, OSError where no file can be made there.
    """
    path = output.with_name(f"{output.name}.lock")
    file = _locked(path, output)
    try:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield
    finally:
        # Before others can lock it, who then would have a file that nobody finds; on Windows, which
        # removes no open file, it stays.
        with suppress(OSError):
            path.unlink()
        file.close()


def _locked(path: Path, output: Path) -> IO[str]:
    while True:
        file = path.open("a+", encoding="utf-8")
        try:
            portalocker.lock(file, _ALONE)
        except portalocker.LockException as error:
            holder = _holder(file)
            file.close()
            raise UnavailableError(
                f"{output} is being written by {holder}: wait for its end, or name another OUT"
            ) from error
        # The one that had it before may have removed the file in the meantime.
        with suppress(OSError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()


def _holder(file: IO[str]) -> str:
    try:
        file.seek(0)
        return file.read(_HOLDER_LENGTH).strip() or "another run"
    except OSError:
        return "another run"
