"""The taxonomy in Qdrant. The only package that imports `qdrant_client`."""

from isco.store.ads import KeptAd, NearLeaf
from isco.store.collections import OccupationStore
from isco.store.metadata import CollectionMetadata
from isco.store.points import IndexedLeaf, point_id
from isco.store.versions import CollectionInfo, Switch

__all__ = [
    "CollectionInfo",
    "CollectionMetadata",
    "IndexedLeaf",
    "KeptAd",
    "NearLeaf",
    "OccupationStore",
    "Switch",
    "point_id",
]
