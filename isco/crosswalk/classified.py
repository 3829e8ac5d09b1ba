"""Ads as they are classified, with what the configured tables have for them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from isco.core.records import Prediction, Row
from isco.core.settings import Settings
from isco.crosswalk.crosswalks import Crosswalks, open_crosswalks
from isco.retriever.pipeline import Classifier
from isco.retriever.running.executors import Work
from isco.retriever.running.identity import RunIdentity
from isco.retriever.searching.search_data import SearchData
from isco.review.answers import answer_of


@dataclass(frozen=True)
class Crossing:
    """Adds to a run what tables have. `mark` is a hash of the tables."""

    crosswalks: Crosswalks
    target: float | None
    mark: str

    def work_of(self, classifier: Classifier) -> Work[Prediction]:
        """The work of a run whose predictions have `crosswalks`."""

        def work(rows: Sequence[Row]) -> list[Prediction]:
            return self.added(classifier.classify_batch(rows))

        return work

    def identity(self, identity: RunIdentity) -> RunIdentity:
        """With the tables among what rows depend on."""
        return replace(identity, decisive={**identity.decisive, "crosswalks": self.mark})

    def added(self, predictions: Sequence[Prediction]) -> list[Prediction]:
        """The predictions with what the tables have for them."""
        answers = (answer_of(each.as_dict()) for each in predictions)
        results = self.crosswalks.results(answers, self.target)
        return [
            replace(prediction, crosswalks=result)
            for prediction, (_, result) in zip(predictions, results, strict=True)
        ]


def open_crossing(settings: Settings, data: SearchData | None = None) -> Crossing | None:
    """The tables of the configuration, over `data` where the taxonomy in use was read already;
    None without any. Raises as `open_crosswalks`."""
    if not settings.crosswalks:
        return None
    tables = open_crosswalks(settings, settings.crosswalks, data)
    content = [each.model_dump(mode="json") for each in settings.crosswalks]
    mark = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    for each in settings.crosswalks:
        mark.update(each.file.read_bytes())
    return Crossing(Crosswalks.of(tables), settings.decision.target_accuracy, mark.hexdigest())
