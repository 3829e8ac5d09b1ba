"""The taxonomy in Qdrant. The only package that imports `qdrant_client`."""

from isco.store.collections import CollectionInfo, OccupationStore
from isco.store.metadata import CollectionMetadata
from isco.store.points import IndexedLeaf, point_id

__all__ = [
    "CollectionInfo",
    "CollectionMetadata",
    "IndexedLeaf",
    "OccupationStore",
    "point_id",
]
