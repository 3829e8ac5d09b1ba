"""The embedded Qdrant, in a folder that a kill or a full disk can't leave half-written.

qdrant-client rewrites `meta.json`, which lists the collections and the alias, in place: a process
that ends in the middle of it loses all of them. Here the file is written aside and moved over.

It also commits every point by itself, which waits for the disk each time: here a request's points
are committed together. And it gives back other vectors before it is closed and opened again than
after: here they are those of the disk at once.

A stopgap. The client (1.19.1) lets nobody choose how it writes that file, nor which local Qdrant it
uses: hence `_load`, `_save`, `_get_collection`, `_client` and its collections' insides, which are
private. Look again at 1.20; where the file is written whole there, `QdrantClient(path=...)` does
instead of this class.
"""

import shutil
import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from qdrant_client import QdrantClient
from qdrant_client.http.models import PointStruct, UpdateResult
from qdrant_client.local.local_collection import LocalCollection
from qdrant_client.local.qdrant_local import META_INFO_FILENAME, QdrantLocal

from isco.core.atomic_write import put_in_place
from isco.core.private_folder import make_private

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

    def upsert(self, collection_name: str, points: Any, *given: Any, **named: Any) -> UpdateResult:
        """As the client's own, with one commit, and vectors in memory as they are on disk."""
        collection = self._get_collection(collection_name)
        persistence = collection.storage
        if persistence is None:
            return super().upsert(collection_name, points, *given, **named)
        connection = persistence.storage
        persistence.storage = cast(sqlite3.Connection, _Uncommitted(connection))
        try:
            done = super().upsert(collection_name, points, *given, **named)
        finally:
            persistence.storage = connection
            connection.commit()
        _put_as_given(collection, points)
        return done


def _put_as_given(collection: LocalCollection, points: Sequence[PointStruct]) -> None:
    """The vectors of points as they will be when they are loaded, to the bit: those in memory were
    scaled by a length of nearly 1."""
    for point in points:
        row, vectors = collection.ids[point.id], cast(dict[str, Any], point.vector)
        for name, vector in vectors.items():
            if name in collection.vectors:
                collection.vectors[name][row] = vector
            elif name in collection.multivectors:
                collection.multivectors[name][row] = np.array(vector, dtype=np.float32)


class _Uncommitted:
    """A connection whose commits wait."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.cursor = connection.cursor

    def commit(self) -> None:
        """Not yet."""


def open_embedded(folder: Path) -> QdrantClient:
    """A client of the embedded Qdrant in `folder`, which is made if it is not there."""
    make_private(folder)
    client = QdrantClient(":memory:")
    client._client = EmbeddedQdrant(str(folder))
    # Else it looks every point over for texts to embed, which takes longer than storing it.
    client.cloud_inference = True
    return client


def remove_orphans(folder: Path, known: Collection[str], is_ours: Callable[[str], bool]) -> None:
    """Remove files of collections of ours that a kill left before `known` listed them."""
    for path in (folder / _COLLECTIONS).glob("*"):
        if path.is_dir() and is_ours(path.name) and path.name not in known:
            shutil.rmtree(path, ignore_errors=True)
