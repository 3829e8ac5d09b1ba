"""A folder that is made once, kept between runs of the tests, and copied by whoever uses it."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

# Fills an empty folder; is shown the one that was kept before, if that is whole.
Make = Callable[[Path, Path | None], None]


def copy_kept(kept: Path, key: str, make: Make, target: Path) -> None:
    """Copy what is kept below `kept` under `key` to `target`, which must not be there yet.

    `make` is called where nothing is kept under that key, or where a file of it is not what it was;
    what was kept under other keys goes afterwards. Processes wait for one another.
    """
    kept.mkdir(parents=True, exist_ok=True)
    folder = kept / key
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_whole(folder):
            others = [path for path in kept.iterdir() if path.is_dir() and path != folder]
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder, next(filter(_is_whole, others), None))
            _known_sums(folder).write_text(json.dumps(_sums_of(folder)), encoding="utf-8")
            for other in others:
                _known_sums(other).unlink(missing_ok=True)
                shutil.rmtree(other)
        shutil.copytree(folder, target)


def content_key(root: Path, folders: tuple[str, ...], *others: str) -> str:
    """A key of all files in these folders of `root`, and of `others`."""
    sums = {name: _sums_of(root / name) for name in folders}
    return hashlib.sha256(json.dumps([sums, others]).encode()).hexdigest()[:16]


def _is_whole(folder: Path) -> bool:
    known = _known_sums(folder)
    return known.exists() and _sums_of(folder) == json.loads(known.read_bytes())


def _known_sums(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _sums_of(folder: Path) -> dict[str, str]:
    """The checksum of every file of a folder, but for what Python has compiled."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
