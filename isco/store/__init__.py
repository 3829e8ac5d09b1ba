"""The taxonomy in Qdrant. The only package that imports `qdrant_client`."""

from isco.store.ads import KeptAd, NearLeaf
from isco.store.collections import OccupationStore
from isco.store.labelled import LabelledCollection
from isco.store.labelled_points import (
    CarriedOver,
    LabelledAd,
    LabelledSource,
    embedded_text,
    labelled_point_id,
)
from isco.store.metadata import CollectionMetadata
from isco.store.points import IndexedLeaf, point_id
from isco.store.versions import CollectionInfo, Switch

__all__ = [
    "CarriedOver",
    "CollectionInfo",
    "CollectionMetadata",
    "IndexedLeaf",
    "KeptAd",
    "LabelledAd",
    "LabelledCollection",
    "LabelledSource",
    "NearLeaf",
    "OccupationStore",
    "Switch",
    "embedded_text",
    "labelled_point_id",
    "point_id",
]
