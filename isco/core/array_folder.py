"""Folders of plain arrays, mapped when they are read: checksums tell one that is broken."""

import json
import mmap
import os
import shutil
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isco.core.atomic_write import put_in_place
from isco.core.private_folder import make_private

Content = dict[str, Any]
Arrays = dict[str, NDArray[Any]]

# How the names of folders begin that are not whole yet.
UNFINISHED = ".unfinished-"
_CONTENT, _CHECKSUMS = "content.json", "checksums.json"
BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError)


def write_arrays(folder: Path, content: Content, arrays: Arrays) -> None:
    """Make `folder`, which must not be there, of plain JSON and arrays, none of them empty."""
    make_private(folder.parent)
    folder.mkdir(mode=0o700)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    (folder / _CONTENT).write_text(json.dumps(content), encoding="utf-8")
    checksums = {path.name: _checksum(path) for path in folder.iterdir()}
    (folder / _CHECKSUMS).write_text(json.dumps(checksums), encoding="utf-8")


def read_arrays(folder: Path) -> tuple[Content, Arrays]:
    """The inverse of `write_arrays`, the arrays mapped and read-only.

    Raises one of BROKEN when what is there is not what was written.
    """
    checksums = json.loads((folder / _CHECKSUMS).read_bytes())
    for name, known in checksums.items():
        if _checksum(folder / name) != known:
            raise ValueError(f"{folder / name} is broken")
    arrays = {
        path.stem: np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        for path in folder.glob("*.npy")
        if path.name in checksums
    }
    return json.loads((folder / _CONTENT).read_bytes()), arrays


def keep_whole(folder: Path, make: Callable[[Path], None]) -> None:
    """Let `make` make a folder aside, and give it its name; what has that name goes.

    Raises OSError.
    """
    aside = folder.parent / f"{UNFINISHED}{os.getpid()}-{uuid.uuid4().hex}"
    try:
        make(aside)
        # One of that name is broken, or another process has just put it there.
        shutil.rmtree(folder, ignore_errors=True)
        put_in_place(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _checksum(path: Path) -> list[int]:
    """Length and CRC-32. ValueError for an empty file."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return [len(content), zlib.crc32(content)]
