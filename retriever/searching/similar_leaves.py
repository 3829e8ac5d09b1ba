"""The leaves near an ad that was kept: looked up in Qdrant from one collection in the other."""

from dataclasses import dataclass

from isco.core import __version__
from isco.core.records import Candidate, Versions
from isco.core.settings import Settings
from isco.core.store import OccupationStore


@dataclass(frozen=True, slots=True)
class SimilarLeaves:
    """The leaves nearest to a kept ad, the nearest first, and what they are of."""

    candidates: tuple[Candidate, ...]
    versions: Versions
    notice: str | None


def similar_leaves(settings: Settings, ad_id: str) -> SimilarLeaves:
    """The `search.top` leaves of the kinds `search.kinds` nearest to the ad with that id.

    Raises InputError when no such ad is kept, UnavailableError when none is or nothing is
    ingested, ModelMismatchError when ads and taxonomy are of two models.
    """
    with OccupationStore(settings, reads_only=True) as store:
        info, metadata = store.require_active()
        search = settings.search
        found = store.ads().nearest_leaves(ad_id, info.name, metadata, search.kinds, search.top)
    candidates = tuple(
        Candidate.of(near.leaf, near.score, rank) for rank, near in enumerate(found, start=1)
    )
    versions = Versions(
        taxonomy=metadata.taxonomy_name,
        embedding=metadata.model_name,
        llm=None,
        prompts=None,
        software=__version__,
    )
    return SimilarLeaves(candidates, versions, metadata.notice)
