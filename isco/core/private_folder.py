"""Folders of one's own: made so that nobody else can read them, and looked at before they are
trusted.

For what is in them decides what a program does: the embedded Qdrant keeps its points as pickles,
which run whatever code whoever wrote them put in.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISLNK, S_IWOTH

_ROOT = 0
_MODE = 0o700


def make_private(folder: Path) -> None:
    """Make `folder`, and what it lies in, where these are not there; for this user alone."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir(mode=_MODE, exist_ok=True)


def not_own(folder: Path) -> str | None:
    """Why what is in `folder` may be somebody else's; None where it is not, and on Windows.

    Raises OSError where it can't be looked at.
    """
    if os.name == "nt":
        return None
    user = os.geteuid()
    for path in _with_all_in(folder):
        found = path.lstat()
        if found.st_uid not in (user, _ROOT):
            return f"{path} belongs to another user ({_name_of(path)})"
        if found.st_mode & S_IWOTH and not S_ISLNK(found.st_mode):
            return f"{path} can be written by everybody"
    return None


def _with_all_in(folder: Path) -> Iterator[Path]:
    yield folder.resolve()
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *files))


def _name_of(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return str(path.lstat().st_uid)
