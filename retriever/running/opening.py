"""What a run works with, as the configuration says; the model is loaded where the work is done."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from socket import gethostname
from typing import Generic

from threadpoolctl import threadpool_limits

from isco.core import embedding
from isco.core.embedding.base import Embedder, available_cpus
from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Prediction, Versions
from isco.core.settings import Settings
from isco.retriever.factory import make_classifier, read_search_data
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.pipeline import Classified, Classifier
from isco.retriever.running.executors import Executor, Inline, Result, Threads, Work
from isco.retriever.running.identity import RunIdentity, identify_run
from isco.retriever.running.process_pool import Processes
from isco.retriever.searching.search_data import SearchData

# Says what a worker does with a classifier.
WorkOf = Callable[[Classifier], Work[Result]]


def predictions(classifier: Classifier) -> Work[Prediction]:
    """The work of a run whose results are written."""
    return classifier.classify_batch


def rankings(classifier: Classifier) -> Work[Classified]:
    """The work of a run whose results are judged: predictions with what lies behind them."""
    return classifier.classify_with_ranking


@dataclass(frozen=True)
class OpenRun(Generic[Result]):
    """What a run works with, while it is open.

    `classifier` is None where the work is done in other processes. `usage` counts, by stage, what
    the LLM costs.
    """

    identity: RunIdentity
    data: SearchData
    executor: Executor[Result]
    classifier: Classifier | None = None
    usage: Mapping[str, StageUsage] = field(default_factory=dict)

    @property
    def notice(self) -> str | None:
        """What the taxonomy's terms ask for."""
        return self.data.metadata.notice


@dataclass(frozen=True)
class WorkerStart(Generic[Result]):
    """Makes a classifier, and of it the work, where the work is done. Picklable."""

    settings: Settings
    data: SearchData
    versions: Versions
    work_of: WorkOf[Result]

    def __call__(self) -> Work[Result]:
        """The work, with a model of its own."""
        return self.work_of(self.classifier())

    def classifier(self) -> Classifier:
        """Raises UnavailableError when it can't be had, or is not what the run began with."""
        self.settings.keep_secrets()
        threadpool_limits(self.settings.embedding.threads, user_api="blas")
        embedder = embedding.open_embedder(self.settings.embedding)
        classifier = make_classifier(self.data, self.settings, embedder)
        if classifier.versions != self.versions:
            raise UnavailableError(
                f"the machine {gethostname()} has {asdict(classifier.versions)}, but the run began "
                f"with {asdict(self.versions)}: install the same on all of them"
            )
        return classifier


@contextmanager
def open_run(
    settings: Settings,
    work_of: WorkOf[Result],
    embedder: Embedder | None = None,
    piped: bool = False,
) -> Iterator[OpenRun[Result]]:
    """A run over the collection in use; `work_of` says what is done with a classifier of it.

    `embedder` is the configured model where it is open already. `piped` ads are answered one chunk
    before the next one is read. Raises ConfigError where `classify.workers` and an LLM are both
    asked for, UnavailableError when something that is needed can't be had.
    """
    workers = settings.classify.workers
    if workers is not None:
        data = read_search_data(settings, embedding.model_identity(settings.embedding))
        identity = identify_run(settings, data)
        if identity.asks_llm:
            raise ConfigError(
                "classify.workers is for runs without an LLM: an LLM is asked by one process, in "
                "as many requests at once as llm.concurrency says"
            )
        of_one = _for_one_of(workers, settings)
        start = WorkerStart(of_one, data.for_this_machine(), identity.versions, work_of)
        with Processes(start, workers, settings.classify.chunk) as pool:
            yield OpenRun(identity, data, pool)
        return
    embedder = embedder or embedding.open_embedder(settings.embedding)
    data = read_search_data(settings, embedder)
    identity = identify_run(settings, data)
    classifier = make_classifier(data, settings, embedder)
    work = work_of(classifier)
    one_by_one = piped or identity.asks_llm
    executor: Executor[Result] = Inline(work) if one_by_one else Threads(work)
    yield OpenRun(identity, data, executor, classifier, classifier.llm.usage)


def _for_one_of(workers: int, settings: Settings) -> Settings:
    """The settings of one of so many workers, which share the machine's cores."""
    threads = settings.embedding.threads or max(1, available_cpus() // workers)
    update = {"embedding": settings.embedding.model_copy(update={"threads": threads})}
    return settings.model_copy(update=update)
