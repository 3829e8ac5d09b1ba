"""Bring the labelled ads to a new taxonomy: its labels, its groups, its model's vectors.

When the model changes, they are embedded again into a new collection, and the alias moves.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_client import models

from isco.core.errors import UnavailableError
from isco.core.store.labelled_alias import LabelledAlias
from isco.core.store.labelled_points import (
    CarriedOver,
    Groups,
    renewed_payload,
    text_of,
    vectors_of,
)
from isco.core.store.metadata import CollectionMetadata
from isco.core.store.points import DENSE

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


def texts_of_another_model(alias: LabelledAlias, taxonomy: CollectionMetadata) -> list[str]:
    """The texts that `carry_over` to that taxonomy would embed again."""
    name = alias.target()
    if name is None or alias.is_of(taxonomy, name):
        return []
    return [text_of(record) for record in alias.records(name, with_vectors=False)]


def carry_over(
    alias: LabelledAlias,
    taxonomy: CollectionMetadata,
    groups: Groups,
    embed: Embed,
) -> CarriedOver:
    """Renew labels, groups and vectors; what is up to date stays as it is.

    `groups` are those of the taxonomy; ads of other codes are stored as obsolete until one has
    theirs again. `embed` is asked when the model is another.
    """
    alias.clear_leftovers()
    name = alias.target()
    if name is None:
        return CarriedOver()
    records = list(alias.records(name, with_vectors=True))
    payloads = [renewed_payload(record, groups) for record in records]
    again = not alias.is_of(taxonomy, name)
    if again:
        _move(alias, name, taxonomy, records, payloads, embed)
    else:
        changed = [
            models.PointStruct(id=record.id, vector=vectors_of(record), payload=payload)
            for record, payload in zip(records, payloads, strict=True)
            if payload != record.payload
        ]
        if changed:
            with alias.changing(name):
                alias.write(name, changed)
    obsolete = [payload["isco_code"] for payload in payloads if payload.get("obsolete")]
    return CarriedOver(
        ads=len(records),
        embedded_again=len(records) if again else 0,
        obsolete=len(obsolete),
        obsolete_codes=tuple(sorted(set(obsolete))),
    )


def _move(
    alias: LabelledAlias,
    old: str,
    taxonomy: CollectionMetadata,
    records: Sequence[models.Record],
    payloads: Sequence[dict[str, Any]],
    embed: Embed,
) -> None:
    """Into a new collection for the taxonomy's model. Until the alias moves, `old` serves."""
    texts = [text_of(record) for record in records]
    vectors: Iterable[NDArray[np.float32]] = embed(texts) if texts else ()
    new = alias.create(taxonomy)
    points = (
        models.PointStruct(id=record.id, vector={DENSE: vector.tolist()}, payload=payload)
        for record, payload, vector in zip(records, payloads, vectors, strict=True)
    )
    with alias.changing(new):
        alias.write(new, points)
    count = alias.count(new)
    if count != len(records):
        raise UnavailableError(
            f"the new collection {new} holds {count} labelled ads instead of {len(records)}: "
            "the old one was left as it was; run isco ingest again"
        )
    alias.put_into_use(new)
    # The new one serves; what can't be deleted now, the next ingest clears.
    with suppress(UnavailableError):
        alias.delete(old)
