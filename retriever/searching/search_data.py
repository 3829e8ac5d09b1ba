"""What a run reads from Qdrant."""

from dataclasses import dataclass

from isco.core.calibration import Calibration
from isco.core.store import CollectionMetadata, LabelledAd
from isco.retriever.searching.index import ConceptIndex


@dataclass(frozen=True)
class SearchData:
    """All that a run reads from Qdrant, in plain arrays: it can be sent to another process.

    `labelled` are the labelled ads searched beside the leaves, `calibration` what is
    fitted on them, if anything is.
    """

    index: ConceptIndex
    metadata: CollectionMetadata
    labelled: tuple[LabelledAd, ...]
    calibration: Calibration | None
