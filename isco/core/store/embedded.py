"""The embedded Qdrant, in a folder that a kill or a full disk can't leave half-written.

qdrant-client rewrites `meta.json`, which lists the collections and the alias, in place: a process
that ends in the middle of it loses all of them. Here the file is written aside and moved over.

A stopgap. The client (1.19.1) lets nobody choose how it writes that file, nor which local Qdrant it
uses: hence `_load`, `_save` and `_client`, which are private. Look again at 1.20; where the file
is written whole there, `QdrantClient(path=...)` does instead of this class.
"""

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from qdrant_client import QdrantClient
from qdrant_client.local.qdrant_local import META_INFO_FILENAME, QdrantLocal

from isco.core.atomic_write import put_in_place

_ASIDE = ".unfinished"
_COLLECTIONS = "collection"


class EmbeddedQdrant(QdrantLocal):
    """A QdrantLocal whose list of collections is on disk as a whole or as it was."""

    def _load(self) -> None:
        if not Path(self.location, META_INFO_FILENAME).exists():
            self._closed = False
            self._save()
        super()._load()

    def _save(self) -> None:
        folder = Path(self.location)
        aside = folder / _ASIDE
        aside.mkdir(parents=True, exist_ok=True)
        self.location = str(aside)
        try:
            super()._save()
        finally:
            self.location = str(folder)
        put_in_place(aside / META_INFO_FILENAME, folder / META_INFO_FILENAME)
        aside.rmdir()


def open_embedded(folder: Path) -> QdrantClient:
    """A client of the embedded Qdrant in `folder`, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    client = QdrantClient(":memory:")
    client._client = EmbeddedQdrant(str(folder))
    return client


def remove_orphans(folder: Path, known: Collection[str], is_ours: Callable[[str], bool]) -> None:
    """Remove files of collections of ours that a kill left before `known` listed them."""
    for path in (folder / _COLLECTIONS).glob("*"):
        if path.is_dir() and is_ours(path.name) and path.name not in known:
            shutil.rmtree(path, ignore_errors=True)
