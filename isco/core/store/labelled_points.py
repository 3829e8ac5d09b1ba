"""A labelled ad as a point of Qdrant and back: id, payload, vector. Pure."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isco.core.records import Concept, PredictionPath
from isco.core.store.points import DENSE

if TYPE_CHECKING:
    from qdrant_client import models

# Stands for the code of a page that people found to be no job ad, and what that is called.
NO_JOB = PredictionPath.NOT_A_JOB.value
NO_JOB_TITLE = "No job"


@dataclass(frozen=True)
class LabelledAd:
    """An ad whose code is known, with the vector of its clean title, shape (dimension,).

    `source` names where it came from; `id` is the ad's in there. `title` and `description` are
    the profile's, `text` is the beginning of the plain text. `isco_code` is a group of any level,
    or NO_JOB; `also` are further codes, by their labels, where several are right. `learned` is the
    moment, ISO 8601, UTC. `content` is what ads of equal title and text have in common. `like` is
    the id of the ad that was decided on where this one got its code with it.
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
    text: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    like: str = ""

    @property
    def is_job(self) -> bool:
        """False for a page that people found to be no job ad."""
        return self.isco_code != NO_JOB

    @property
    def codes(self) -> tuple[str, ...]:
        """All that are right, the one that was given first leading."""
        return (self.isco_code, *self.also)

    def label_of(self, code: str) -> str:
        """What one of its codes is called."""
        return self.isco_label if code == self.isco_code else self.also[code]

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


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of all levels that a taxonomy has, their `titles` by code; and NO_JOB."""

    titles: Mapping[str, str]
    taxonomy_version: str

    @staticmethod
    def of(concepts: Iterable[Concept]) -> "Groups":
        """Those that the concepts are in."""
        titles = {NO_JOB: NO_JOB_TITLE}
        version = ""
        for concept in concepts:
            titles |= concept.group_titles
            version = concept.taxonomy_version
        return Groups(titles, version)

    def named(self, code: str, level: int) -> str | None:
        """The group of that level that a code is in, as "25 Title"; None for a shorter code, and
        for none."""
        above = code[:level]
        return f"{above} {self.titles[above]}" if len(above) == level and code != NO_JOB else None


def payload_of(ad: LabelledAd, groups: Groups) -> dict[str, Any]:
    """What people see in the dashboard, in the order in which it reads well."""
    payload: dict[str, Any] = {
        "title": ad.title,
        "isco_code": ad.isco_code,
        "isco_label": groups.titles[ad.isco_code],
        "isco_major": groups.named(ad.isco_code, 1),
        "isco_sub_major": groups.named(ad.isco_code, 2),
        "isco_minor": groups.named(ad.isco_code, 3),
        "source": ad.source,
        "id": ad.id,
        "description": ad.description,
        "language": ad.language,
        "learned": ad.learned,
        "taxonomy_version": groups.taxonomy_version,
        "text": ad.text,
        "content": ad.content,
    }
    if ad.like:
        payload["like"] = ad.like
    if ad.also:
        payload["also"] = {code: groups.titles[code] for code in ad.also}
    return payload


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
        # Those learned by earlier releases have no more than a title and sentences.
        text=payload.get("text", ""),
        also=payload.get("also", {}),
        content=payload.get("content", ""),
        like=payload.get("like", ""),
    )


def vectors_of(record: "models.Record") -> Any:
    """The named vectors of a record, as a point takes them."""
    return record.vector


def text_of(record: "models.Record") -> str:
    """The text whose vector stands for a stored ad."""
    payload = record.payload or {}
    return embedded_text(payload["title"], payload["description"])


def renewed_payload(record: "models.Record", groups: Groups) -> dict[str, Any]:
    """The payload under a taxonomy with these groups.

    The old one, `obsolete`, when one of the ad's codes is not among them.
    """
    ad = labelled_ad_of(record)
    if not groups.titles.keys() >= set(ad.codes):
        return {**(record.payload or {}), "obsolete": True}
    return payload_of(ad, groups)


def sources_of(payloads: Iterable[dict[str, Any]]) -> list[LabelledSource]:
    """The sources of labelled ads, by name."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for payload in payloads:
        grouped.setdefault(payload["source"], []).append(payload)
    return [
        LabelledSource(
            name=name,
            ads=len(ads),
            codes=len({ad["isco_code"] for ad in ads} - {NO_JOB}),
            obsolete=sum(1 for ad in ads if ad.get("obsolete")),
            first_learned=min(ad["learned"] for ad in ads),
            last_learned=max(ad["learned"] for ad in ads),
        )
        for name, ads in sorted(grouped.items())
    ]
