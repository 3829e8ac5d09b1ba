"""The taxonomy in Qdrant. The only package that imports `qdrant_client`."""

from isco.store.collections import CollectionInfo, CollectionMetadata, Hit, OccupationStore
from isco.store.connection import open_client
from isco.store.points import DENSE, LABELS, LEXICAL, IndexedLeaf, point_id

__all__ = [
    "DENSE",
    "LABELS",
    "LEXICAL",
    "CollectionInfo",
    "CollectionMetadata",
    "Hit",
    "IndexedLeaf",
    "OccupationStore",
    "open_client",
    "point_id",
]
