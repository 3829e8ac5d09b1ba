"""What a run reads from Qdrant."""

from dataclasses import dataclass, replace

from isco.core.learned_fit import LearnedFit
from isco.core.store import CollectionMetadata, LabelledAd
from isco.retriever.labelled.decided_ads import decided_ads
from isco.retriever.labelled.ridge import LabelledRidge
from isco.retriever.searching.index import ConceptIndex
from isco.retriever.searching.language_indexes import LanguageIndexes


@dataclass(frozen=True)
class SearchData:
    """All that a run reads from Qdrant, in plain arrays: it can be sent to another process.

    `indexes` has the concepts of each language of the taxonomy; `labelled` are the labelled ads,
    of which `jobs` are searched beside them, `fit` what is fitted on those, if anything is, and
    `ridge` their regression.
    """

    indexes: LanguageIndexes
    metadata: CollectionMetadata
    labelled: tuple[LabelledAd, ...]
    fit: LearnedFit | None
    ridge: LabelledRidge | None = None

    def for_this_machine(self) -> "SearchData":
        """The same, to be sent to a process of this machine."""
        return replace(self, indexes=self.indexes.unloaded())

    @property
    def jobs(self) -> list[LabelledAd]:
        """The labelled ads, one a decision, without pages that people found to be no job."""
        return [ad for ad in decided_ads(self.labelled) if ad.is_job]

    @property
    def index(self) -> ConceptIndex:
        """The concepts in the main language."""
        return self.indexes[self.metadata.languages[0]]
