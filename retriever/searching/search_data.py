"""What a run reads from Qdrant."""

from dataclasses import dataclass

from isco.core.calibration import Calibration
from isco.core.store import CollectionMetadata, LabelledAd
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.language_indexes import LanguageIndexes


@dataclass(frozen=True)
class SearchData:
    """All that a run reads from Qdrant, in plain arrays: it can be sent to another process.

    `indexes` has the concepts of each language of the taxonomy; `labelled` are the labelled ads
    searched beside them, `calibration` what is fitted on those, if anything is.
    """

    indexes: LanguageIndexes
    metadata: CollectionMetadata
    labelled: tuple[LabelledAd, ...]
    calibration: Calibration | None

    @property
    def index(self) -> ConceptIndex:
        """The concepts in the main language."""
        return self.indexes[self.metadata.languages[0]]
