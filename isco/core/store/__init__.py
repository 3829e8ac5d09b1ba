"""The taxonomy in Qdrant. The only package that imports `qdrant_client`.

Names that need that client, whose import takes half a second, are imported when they are used.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

from isco.core.store.collection_info import CollectionInfo, Switch
from isco.core.store.labelled_points import (
    NO_JOB,
    NO_JOB_TITLE,
    CarriedOver,
    Groups,
    LabelledAd,
    LabelledSource,
    embedded_text,
    labelled_point_id,
)
from isco.core.store.metadata import CollectionMetadata
from isco.core.store.place import nothing_stored, qdrant_place
from isco.core.store.points import IndexedConcept, point_id

if TYPE_CHECKING:
    from isco.core.store.collections import OccupationStore
    from isco.core.store.labelled import LabelledCollection
    from isco.core.store.stored_ads import SimilarConcept, StoredAd

__all__ = [
    "NO_JOB",
    "NO_JOB_TITLE",
    "CarriedOver",
    "CollectionInfo",
    "CollectionMetadata",
    "Groups",
    "IndexedConcept",
    "LabelledAd",
    "LabelledCollection",
    "LabelledSource",
    "OccupationStore",
    "SimilarConcept",
    "StoredAd",
    "Switch",
    "embedded_text",
    "labelled_point_id",
    "nothing_stored",
    "point_id",
    "qdrant_place",
]

# Read when gRPC is imported: its own lines about a failed handshake, which the error says in words.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

_NEED_THE_CLIENT = {
    "StoredAd": "stored_ads",
    "SimilarConcept": "stored_ads",
    "OccupationStore": "collections",
    "LabelledCollection": "labelled",
}


def __getattr__(name: str) -> Any:
    if name not in _NEED_THE_CLIENT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NEED_THE_CLIENT[name]}"), name)
