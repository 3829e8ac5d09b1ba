"""The embedded Qdrant's folder as seen from outside: whether anything in it has changed.

Needs neither Qdrant nor the folder's lock.
"""

import hashlib
from pathlib import Path

_META = "meta.json"
# Its lock is held while Qdrant is open; that changes nothing.
_LOCK = ".lock"
# SQLite counts the changes of a file in its first 100 bytes.
_SQLITE_HEADER = 100


def folder_state(folder: Path) -> str | None:
    """A hash that differs after every change to the folder; None when no Qdrant can be read there.

    It is of each file's name, size, time of change in nanoseconds, and beginning. The times alone
    would not do: there are file systems whose clocks tick once in a second or two.
    """
    state = hashlib.sha256()
    try:
        if not (folder / _META).is_file():
            return None
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            if path.name == _LOCK:
                continue
            found = path.stat()
            with path.open("rb") as file:
                beginning = file.read(-1 if path.name == _META else _SQLITE_HEADER)
            name = path.relative_to(folder).as_posix()
            state.update(repr((name, found.st_size, found.st_mtime_ns, beginning)).encode())
    except OSError:
        return None
    return state.hexdigest()
