"""A folder that is made once, kept between runs of the tests, and copied by whoever uses it."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path


def copy_kept(kept: Path, key: str, make: Callable[[Path], None], target: Path) -> None:
    """Copy what is kept below `kept` under `key` to `target`, which must not be there yet.

    `make` fills the folder where nothing is kept under that key, or where a file of it is not what
    it was; what was kept under other keys goes then. Processes wait for one another.
    """
    kept.mkdir(parents=True, exist_ok=True)
    folder, sums = kept / key, kept / f"{key}.json"
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (sums.exists() and _sums_of(folder) == json.loads(sums.read_bytes())):
            for old in kept.glob("*.json"):
                old.unlink()
            for old in kept.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            folder.mkdir()
            make(folder)
            sums.write_text(json.dumps(_sums_of(folder)), encoding="utf-8")
        shutil.copytree(folder, target)


def content_key(root: Path, folders: tuple[str, ...], *others: str) -> str:
    """A key of all files in these folders of `root`, and of `others`."""
    sums = {name: _sums_of(root / name) for name in folders}
    return hashlib.sha256(json.dumps([sums, others]).encode()).hexdigest()[:16]


def _sums_of(folder: Path) -> dict[str, str]:
    """The checksum of every file of a folder, but for what Python has compiled."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
