"""The leaves similar to a stored ad: looked up in Qdrant from one collection in the other."""

from dataclasses import dataclass

from isco.core.records import Candidate, Versions
from isco.core.settings import Settings
from isco.core.store import OccupationStore


@dataclass(frozen=True, slots=True)
class SimilarLeaves:
    """The leaves most similar to a stored ad, the best first, and what they are of."""

    candidates: tuple[Candidate, ...]
    versions: Versions
    notice: str | None


def similar_leaves(settings: Settings, ad_id: str) -> SimilarLeaves:
    """The `search.top` leaves of the kinds `search.kinds` most similar to the ad with that id.

    Raises InputError when no such ad is stored, UnavailableError when none is or nothing is
    ingested, ModelMismatchError when ads and taxonomy are of two models.
    """
    with OccupationStore(settings, reads_only=True) as store:
        info, metadata = store.require_active()
        search = settings.search
        collection = store.address_of(info.name)
        found = store.ads().similar_concepts(ad_id, collection, metadata, search.kinds, search.top)
    candidates = tuple(
        Candidate.of(similar.concept, similar.score, rank)
        for rank, similar in enumerate(found, start=1)
    )
    return SimilarLeaves(candidates, metadata.versions, metadata.notice)
