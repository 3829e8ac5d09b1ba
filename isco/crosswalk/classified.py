"""Ads as they are classified, with what the configured tables have for them."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from isco.core.errors import ConfigError
from isco.core.records import Prediction, Row
from isco.core.settings import Settings
from isco.crosswalk.crosswalks import Crosswalks, open_crosswalks
from isco.retriever.running.executors import Done, Executor
from isco.retriever.running.identity import RunIdentity
from isco.review.answers import answer_of

KINDS = ("jsonl", "csv", "jsonld", "table")


@dataclass(frozen=True)
class Crossing:
    """Adds to a run what tables have. `mark` is a hash of the tables."""

    crosswalks: Crosswalks
    target: float | None
    mark: str

    def executor(self, executor: Executor[Prediction]) -> "CrossedExecutor":
        """`executor`, whose predictions have `crosswalks`."""
        return CrossedExecutor(executor, self)

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


@dataclass(frozen=True)
class CrossedExecutor:
    """An executor with something done to its results, in this process."""

    within: Executor[Prediction]
    crossing: Crossing

    def run(self, chunks: Iterable[Sequence[Row]]) -> Iterator[Done[Prediction]]:
        """As `Executor.run`."""
        for chunk, found in self.within.run(chunks):
            yield chunk, self.crossing.added(found)


def open_crossing(settings: Settings, kind: str) -> Crossing | None:
    """The tables of the configuration, for an output of that kind; None without any.

    Raises ConfigError for a kind that has no place for them, and as `open_crosswalks`.
    """
    if not settings.crosswalks:
        return None
    if kind not in KINDS:
        raise ConfigError(
            f"crosswalks: {kind} has no place for them; classify into JSONL or CSV, or without "
            "them (--set crosswalks=[]), and use isco crosswalk"
        )
    tables = open_crosswalks(settings, settings.crosswalks)
    content = [each.model_dump(mode="json") for each in settings.crosswalks]
    mark = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    for each in settings.crosswalks:
        mark.update(each.file.read_bytes())
    return Crossing(Crosswalks.of(tables), settings.decision.target_accuracy, mark.hexdigest())
