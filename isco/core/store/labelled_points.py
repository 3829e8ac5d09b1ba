"""A labelled ad as a point of Qdrant and back: id, payload, vector. Pure."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isco.core.records import Concept
from isco.core.store.points import DENSE

if TYPE_CHECKING:
    from qdrant_client import models


@dataclass(frozen=True)
class LabelledAd:
    """An ad whose code is known, with the vector of its clean title, shape (dimension,).

    `source` names where it came from; `id` is the ad's in there. `title` and `description` are
    the profile's. `learned` is the moment, ISO 8601, UTC.
    """

    id: str
    source: str
    title: str
    description: str
    isco_code: str
    isco_label: str
    language: str | None
    learned: str
    vector: NDArray[np.float32]

    @property
    def point_id(self) -> str:
        """Of its point in Qdrant."""
        return labelled_point_id(self.source, self.id)


@dataclass(frozen=True, slots=True)
class LabelledSource:
    """The labelled ads of one source: how many, of how many codes, learned from when to when.

    `obsolete` are those whose code the taxonomy in use does not have.
    """

    name: str
    ads: int
    codes: int
    obsolete: int
    first_learned: str
    last_learned: str


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What a new taxonomy brought the labelled ads: how many there are, how many were embedded
    again for another model, how many have a code that it does not have (`obsolete`), and which."""

    ads: int = 0
    embedded_again: int = 0
    obsolete: int = 0
    obsolete_codes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {**asdict(self), "obsolete_codes": list(self.obsolete_codes)}


def labelled_point_id(source: str, ad_id: str) -> str:
    """The point's id: the version 5 UUID of source and ad. The same whenever it is learned."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{source}\0{ad_id}"))


def embedded_text(title: str, description: str) -> str:
    """The text whose vector stands for an ad: its clean title, or else its sentences."""
    return title.strip() or description


def payload_of(ad: LabelledAd, group: Concept) -> dict[str, Any]:
    """What people see in the dashboard, in the order in which it reads well.

    `group` is any concept of the ad's code; it names the groups above.
    """
    return {
        "title": ad.title,
        "isco_code": ad.isco_code,
        "isco_label": group.isco_label,
        "isco_major": group.isco_major,
        "isco_sub_major": group.isco_sub_major,
        "isco_minor": group.isco_minor,
        "source": ad.source,
        "id": ad.id,
        "description": ad.description,
        "language": ad.language,
        "learned": ad.learned,
        "taxonomy_version": group.taxonomy_version,
    }


def labelled_ad_of(record: "models.Record") -> LabelledAd:
    """The inverse of `payload_of`, for a record read with payload and vector."""
    payload = record.payload or {}
    return LabelledAd(
        id=payload["id"],
        source=payload["source"],
        title=payload["title"],
        description=payload["description"],
        isco_code=payload["isco_code"],
        isco_label=payload["isco_label"],
        language=payload.get("language"),
        learned=payload["learned"],
        vector=np.asarray(vectors_of(record)[DENSE], dtype=np.float32),
    )


def vectors_of(record: "models.Record") -> Any:
    """The named vectors of a record, as a point takes them."""
    return record.vector


def text_of(record: "models.Record") -> str:
    """The text whose vector stands for a stored ad."""
    payload = record.payload or {}
    return embedded_text(payload["title"], payload["description"])


def renewed_payload(record: "models.Record", groups: Mapping[str, Concept]) -> dict[str, Any]:
    """The payload under a taxonomy with a concept of each code in `groups`.

    The old one, `obsolete`, when the ad's code is not among them.
    """
    payload = record.payload or {}
    group = groups.get(payload["isco_code"])
    if group is None:
        return {**payload, "obsolete": True}
    return payload_of(labelled_ad_of(record), group)


def sources_of(payloads: Iterable[dict[str, Any]]) -> list[LabelledSource]:
    """The sources of labelled ads, by name."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for payload in payloads:
        grouped.setdefault(payload["source"], []).append(payload)
    return [
        LabelledSource(
            name=name,
            ads=len(ads),
            codes=len({ad["isco_code"] for ad in ads}),
            obsolete=sum(1 for ad in ads if ad.get("obsolete")),
            first_learned=min(ad["learned"] for ad in ads),
            last_learned=max(ad["learned"] for ad in ads),
        )
        for name, ads in sorted(grouped.items())
    ]
