"""Files and folders that appear whole: written under another name first, then given their own.

Neither a kill nor a power cut leaves a name without its content.
"""

import os
from contextlib import suppress
from pathlib import Path


def put_in_place(unfinished: Path, path: Path) -> None:
    """Give what is whole its name, once its content is on the disk.

    `unfinished` is a file, or a folder of files, on the file system of `path`. A file of that name
    is replaced. Raises OSError as the system does, for a folder that is in the way among others.
    """
    for written in (unfinished, *unfinished.rglob("*")):
        _onto_disk(written)
    unfinished.replace(path)
    _onto_disk(path.parent)


def _onto_disk(path: Path) -> None:
    """Wait until the disk has a file's content, or a folder's names."""
    if path.is_dir():
        # Windows opens no folder, and some network file systems can't do this to one.
        with suppress(OSError):
            _sync(os.open(path, os.O_RDONLY))
    else:
        _sync(os.open(path, os.O_RDWR))


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
