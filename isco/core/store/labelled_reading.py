"""The labelled ads of a collection, of those that were read before no more than what is said."""

from collections.abc import Iterable, Sequence

from qdrant_client import models

from isco.core.store.labelled_alias import LabelledAlias
from isco.core.store.labelled_points import LabelledAd, embedded_text, labelled_ad_of, text_of
from isco.core.store.points import DENSE

# Beyond that share of new ads all are read at once, vectors with them.
_MOST_NEW = 0.5


def read_labelled(
    alias: LabelledAlias, name: str, kept: Sequence[LabelledAd] = ()
) -> list[LabelledAd]:
    """The ads of the collection `name` that are not obsolete, in the order of point ids.

    `kept` are ads as the same collection had them earlier. A vector, which takes more room than all
    else, is that of an ad's text, and is taken from there for an ad that was not learned anew.
    """
    if not kept:
        return _current(alias.records(name, with_vectors=True))
    known = {ad.point_id: ad for ad in kept}
    said = [record for record in alias.records(name, with_vectors=False) if _is_current(record)]
    new = {record.id for record in said if not _is_as(record, known.get(str(record.id)))}
    if len(new) > _MOST_NEW * len(said):
        return _current(alias.records(name, with_vectors=True))
    read = {str(record.id): record for record in alias.retrieve(name, sorted(new))}
    ads = []
    for record in said:
        point = str(record.id)
        if point in read:
            record = read[point]
        elif record.id in new:
            # It was removed in the meantime.
            continue
        else:
            record = record.model_copy(update={"vector": {DENSE: known[point].vector}})
        ads.append(labelled_ad_of(record))
    return ads


def _current(records: Iterable[models.Record]) -> list[LabelledAd]:
    return [labelled_ad_of(record) for record in records if _is_current(record)]


def _is_current(record: models.Record) -> bool:
    """Whether the taxonomy has the ad's code."""
    return not (record.payload or {}).get("obsolete")


def _is_as(record: models.Record, ad: LabelledAd | None) -> bool:
    """Whether a record's vector is that of an ad that was read before."""
    if ad is None:
        return False
    learned = (record.payload or {}).get("learned")
    return (learned, text_of(record)) == (ad.learned, embedded_text(ad.title, ad.description))
