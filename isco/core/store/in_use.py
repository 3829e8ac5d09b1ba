"""What Qdrant says of what is in use, without a point of it. Pure.

What was read is kept by this, and is as good as new while Qdrant says the same.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isco.core.learned_fit import LearnedFit
from isco.core.store.metadata import READY, CollectionMetadata

# Below which keys a collection of labelled ads says which revision of them it has, that they change
# now, and what is fitted on them.
REVISION, CHANGING = "revision", "changing"
NOTES, FIT = "notes", "fit"


@dataclass(frozen=True)
class LabelledInUse:
    """The labelled ads: the collection they are in, how many, and its `revision`, another one after
    every change. `changing` while they are being written. `fit` is what is fitted on them."""

    collection: str
    ads: int
    revision: str | None
    changing: bool
    fit: LearnedFit | None

    @property
    def key(self) -> str:
        """Stands for the ads as they are."""
        return _digest([self.collection, self.ads, self.revision])


@dataclass(frozen=True)
class InUse:
    """The collection in use by its own name, how many points it holds, when it was made, and the
    labelled ads beside it."""

    collection: str
    points: int
    made: str | None
    metadata: CollectionMetadata
    labelled: LabelledInUse | None

    @property
    def key(self) -> str:
        """Stands for the collection's points as they are."""
        said = self.metadata.to_payload(READY)
        return _digest([self.collection, self.points, self.made, said])

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        labelled = self.labelled
        return {
            "collection": self.collection,
            "points": self.points,
            "made": self.made,
            "metadata": self.metadata.to_payload(READY),
            "labelled": labelled
            and {
                "collection": labelled.collection,
                "ads": labelled.ads,
                "revision": labelled.revision,
                "changing": labelled.changing,
                "fit": labelled.fit and labelled.fit.as_dict(),
            },
        }

    @staticmethod
    def of(values: dict[str, Any]) -> "InUse":
        """The inverse of `as_dict`. Raises ValueError or KeyError for what is none."""
        metadata = CollectionMetadata.from_payload(values["metadata"])
        if metadata is None:
            raise ValueError("the metadata are of another schema")
        labelled = values["labelled"]
        if labelled:
            fit = labelled.pop("fit")
            labelled = LabelledInUse(**labelled, fit=LearnedFit.of(fit) if fit else None)
        return InUse(
            values["collection"], values["points"], values["made"], metadata, labelled or None
        )


def labelled_in_use(name: str, ads: int, said: Mapping[str, Any]) -> LabelledInUse:
    """What a collection of so many labelled ads says of itself, in its metadata."""
    notes = json.loads(said.get(NOTES) or "{}")
    fit = LearnedFit.of(notes[FIT]) if FIT in notes else None
    return LabelledInUse(name, ads, said.get(REVISION), bool(said.get(CHANGING)), fit)


def _digest(said: list[Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]
