"""Compiled models, kept in the user's cache folder: compiling one takes longer than a search.

What is kept stands for the model, this program, OpenVINO's release, the processor and the options.
What can't be read or written costs the time of compiling, and nothing else.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from isco.core import __version__
from isco.core.array_folder import BROKEN, UNFINISHED, keep_whole, read_arrays, write_arrays
from isco.core.private_folder import not_own

# Changes with the graph that is compiled, or how it is kept.
_SCHEMA = 1
# 23 MB each: those of different numbers of threads, and of adapters.
_MOST = 6
_MODEL = "model"


def place_of(key: Sequence[Any]) -> Path:
    """The folder of the model that `key`, plain JSON, stands for."""
    content = json.dumps([_SCHEMA, __version__, *key])
    return _root() / hashlib.sha256(content.encode()).hexdigest()[:20]


def load_compiled(place: Path) -> bytes | None:
    """What is kept there, where it is this user's own and whole."""
    with suppress(*BROKEN):
        if not_own(place) is None:
            _, arrays = read_arrays(place)
            os.utime(place)
            return bytes(arrays[_MODEL].tobytes())
    return None


def keep_compiled(place: Path, model: bytes) -> None:
    """Keep a model there, and of all models those that were used last."""
    content = {_MODEL: np.frombuffer(model, dtype=np.uint8)}
    with suppress(OSError):
        keep_whole(place, lambda aside: write_arrays(aside, {}, content))
        for left in _root().glob(f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        kept = sorted(_root().iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in kept[_MOST:]:
            shutil.rmtree(old, ignore_errors=True)


def _root() -> Path:
    return Path(platformdirs.user_cache_dir("isco", appauthor=False)) / "compiled"
