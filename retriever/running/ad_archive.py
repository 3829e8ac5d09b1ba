"""Classified ads into Qdrant, so that people find an ad's neighbours in its dashboard."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isco.core import embedding
from isco.core.records import Concept, Prediction
from isco.core.settings import Settings
from isco.core.store import embedded_text
from isco.retriever.factory import make_searchers
from isco.retriever.running.opening import OpenRun
from isco.retriever.searching.index import ConceptIndex

if TYPE_CHECKING:
    from isco.core.store import OccupationStore

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


@contextmanager
def open_archive(settings: Settings, run: OpenRun[Prediction]) -> Iterator["AdArchive"]:
    """The archive of that run; Qdrant is held until the end.

    The run's own model embeds the ads, or one that is opened here where the run has none.
    """
    from isco.core.store import OccupationStore

    searchers = (
        run.classifier.searchers
        if run.classifier
        else make_searchers(run.data, settings, embedding.open_embedder(settings.embedding))
    )
    with OccupationStore(settings) as store:
        yield AdArchive(store, run.data.index, searchers.main.embed)


class AdArchive:
    """Takes predictions as a writer does, and stores the ads among them that are jobs.

    Ads that are stored twice, as when a killed run goes on, are the same point.
    """

    def __init__(self, store: "OccupationStore", index: ConceptIndex, embed: Embed) -> None:
        self._groups = {concept.isco_code: concept for concept in index.concepts}
        self._embed = embed
        self._ads = store.ads()
        self._ads.prepare(store.require_active()[1])

    def write(self, predictions: Sequence[Prediction]) -> None:
        """Store their ads. Raises UnavailableError when that can't be done."""
        from isco.core.store import StoredAd

        jobs: list[Prediction] = []
        texts: list[str] = []
        for prediction in predictions:
            if prediction.profile:
                jobs.append(prediction)
                texts.append(
                    embedded_text(prediction.profile.title, prediction.profile.description)
                )
        if not jobs:
            return
        self._ads.store(
            [
                StoredAd(job.id, vector, payload_of(job, self._groups))
                for job, vector in zip(jobs, self._embed(texts), strict=True)
            ]
        )

    def close(self) -> None:
        """Nothing is left to do: what `write` has returned from is stored."""


def payload_of(prediction: Prediction, groups: dict[str, Concept]) -> dict[str, Any]:
    """What people see of an ad in the dashboard, in the order in which it reads well.

    `groups` holds a concept of each unit group, which names the groups above it.
    """
    profile = prediction.profile
    code = prediction.isco_code or ""
    near = next((leaf for known, leaf in groups.items() if code and known.startswith(code)), None)
    level = len(code)
    return {
        "title": profile.title if profile else "",
        "isco_code": prediction.isco_code,
        "isco_label": prediction.isco_label,
        "isco_major": near.isco_major if near else None,
        "isco_sub_major": near.isco_sub_major if near and level >= 2 else None,
        "isco_minor": near.isco_minor if near and level >= 3 else None,
        "confidence": prediction.confidence,
        "path": str(prediction.path),
        "id": prediction.id,
        "description": profile.description if profile else "",
        "language": prediction.language,
        "candidates": [
            {"isco_code": c.isco_code, "label": c.label, "uri": c.uri, "score": c.score}
            for c in prediction.candidates[:5]
        ],
        "taxonomy": prediction.versions.taxonomy,
    }
