"""Classified ads are kept in Qdrant, so that people find an ad's neighbours in its dashboard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from isco.core.records import Concept, Prediction, Row
from isco.core.settings import Settings
from isco.core.store import embedded_text
from isco.retriever.pipeline import Classifier

if TYPE_CHECKING:
    from isco.core.store import OccupationStore


@contextmanager
def keeping(classifier: Classifier, settings: Settings, wanted: bool) -> Iterator[Classifier]:
    """`classifier` itself, or one that keeps ads; Qdrant is then held until the end."""
    if not wanted:
        yield classifier
        return
    from isco.core.store import OccupationStore

    with OccupationStore(settings) as store:
        yield KeepingClassifier(classifier, store)


class KeepingClassifier(Classifier):
    """As the classifier it is made of; each batch's ads are kept before its predictions are given.

    A run that is killed in between keeps them once more when it goes on: the point is the same.
    """

    def __init__(self, inner: Classifier, store: "OccupationStore") -> None:
        # What `inner` has loaded is shared, not loaded again.
        vars(self).update(vars(inner))
        self._groups = {leaf.isco_code: leaf for leaf in inner.searcher.index.leaves}
        self._ads = store.ads()
        self._ads.prepare(store.require_active()[1])

    @property
    def stateless(self) -> bool:
        """No: it tells Qdrant."""
        return False

    def classify_batch(self, rows: Sequence[Row]) -> list[Prediction]:
        """As `Classifier.classify_batch`. Raises UnavailableError when the ads can't be kept."""
        predictions = super().classify_batch(rows)
        jobs = [prediction for prediction in predictions if prediction.profile]
        profiles = [job.profile for job in jobs if job.profile]
        if jobs:
            from isco.core.store import StoredAd

            vectors = self.searcher.embed([embedded_text(p.title, p.description) for p in profiles])
            self._ads.keep(
                [
                    StoredAd(prediction.id, vector, payload_of(prediction, self._groups))
                    for prediction, vector in zip(jobs, vectors, strict=True)
                ]
            )
        return predictions


def payload_of(prediction: Prediction, groups: dict[str, Concept]) -> dict[str, Any]:
    """What people see of an ad in the dashboard, in the order in which it reads well.

    `groups` holds a leaf of each unit group, which names the groups above it.
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
