"""Runs put together by hand, as the command line puts them together from the configuration."""

from collections.abc import Iterable, Sequence

import numpy as np

from isco.core.records import Row
from isco.core.settings import Settings
from isco.core.store import LabelledAd
from isco.retriever.pipeline import Classifier
from isco.retriever.reading.sharding import Shard
from isco.retriever.running.executors import Executor, Inline, Threads
from isco.retriever.running.identity import RunIdentity
from isco.retriever.running.run import Report, Run
from isco.retriever.running.writers import PredictionWriter


def no_report(*_: object) -> None:
    """For runs that nobody watches."""


def run_of(
    rows: Iterable[Row],
    classifier: Classifier,
    settings: Settings,
    report: Report = no_report,
    shard: Shard | None = None,
    labelled: Sequence[LabelledAd] = (),
    executor: Executor | None = None,
    also_to: Sequence[PredictionWriter] = (),
) -> Run:
    """`rows` through `classifier`, or through an executor of one."""
    if executor is None:
        kind = Inline if classifier.versions.llm else Threads
        executor = kind(classifier.classify_batch)
    return Run(
        rows=rows,
        executor=executor,
        identity=RunIdentity.of(settings, classifier.versions, labelled),
        chunk=settings.classify.chunk,
        shard=shard,
        report=report,
        also_to=also_to,
    )


def make_labelled(title: str, isco_code: str = "2221") -> LabelledAd:
    """A labelled ad of that title."""
    return LabelledAd(
        id=title,
        source="test",
        title=title,
        description="",
        isco_code=isco_code,
        isco_label="",
        language=None,
        learned="2026-01-01T00:00:00+00:00",
        vector=np.zeros(4, dtype=np.float32),
    )
