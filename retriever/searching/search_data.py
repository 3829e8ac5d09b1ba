"""What a run reads from Qdrant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isco.core.store import CollectionMetadata, LabelledAd
from isco.retriever.searching.index import ConceptIndex


@dataclass(frozen=True)
class SearchData:
    """All that a run reads from Qdrant, in plain arrays: it can be sent to another process.

    `labelled` are the labelled ads searched beside the leaves, `notes` what was kept with them.
    """

    index: ConceptIndex
    metadata: CollectionMetadata
    labelled: tuple[LabelledAd, ...]
    notes: Mapping[str, Any]
