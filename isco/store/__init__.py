"""The taxonomy in Qdrant. The only package that imports `qdrant_client`.

Names that need that client, whose import takes half a second, are imported when they are used.
"""

import importlib
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from isco.store.ads import KeptAd, NearLeaf
    from isco.store.collections import OccupationStore
    from isco.store.labelled import LabelledCollection

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

_NEED_THE_CLIENT = {
    "KeptAd": "ads",
    "NearLeaf": "ads",
    "OccupationStore": "collections",
    "LabelledCollection": "labelled",
}


def __getattr__(name: str) -> Any:
    if name not in _NEED_THE_CLIENT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NEED_THE_CLIENT[name]}"), name)
