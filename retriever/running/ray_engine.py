"""Classify on all cores of a machine or cluster, with Ray Data.

The driver reads Qdrant once and hands what it read to every worker. Readers cut the input's files
into parts, workers classify them with the same `classify_batch`, in the same chunks, and write
them; only what became of each part comes back. Errors that a person can meet travel as data,
because Ray would wrap them in its own.
"""

import getpass
import pickle
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from isco.core.errors import InputError, IscoError, UnavailableError
from isco.core.records import Prediction, Versions
from isco.core.settings import Settings
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.pipeline import Classifier
from isco.retriever.reading.inputs import AdFile
from isco.retriever.running.executors import Work
from isco.retriever.running.flat_csv import PLAIN_CSV, FlatCsv
from isco.retriever.running.identity import RunIdentity
from isco.retriever.running.opening import WorkerStart, WorkOf, predictions
from isco.retriever.running.part_folder import PartFolder
from isco.retriever.running.parts import Part, PartRecord, parts_of
from isco.retriever.running.ray_cluster import connected_ray
from isco.retriever.running.run import RunSummary
from isco.retriever.searching.search_data import SearchData


@dataclass(frozen=True, slots=True)
class _Run:
    """What readers and workers know of the run. `versions` are those that all must have."""

    settings: Settings
    versions: Versions
    folder: PartFolder
    on_one_machine: bool

    @property
    def worker_settings(self) -> Settings:
        """What a worker's classifier is made by."""
        if self.on_one_machine:
            return self.settings
        # A file of answers is safe among the processes of one machine, not on a network.
        own = Path(tempfile.gettempdir()) / f"isco-{getpass.getuser()}"
        return self.settings.model_copy(update={"data_dir": own})


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a part, or of the file that it should have come from."""

    part: str = ""
    record: PartRecord | None = None
    resumed: bool = False
    usage: Mapping[str, StageUsage] = field(default_factory=dict)
    error: IscoError | None = None


def classify_on_ray(
    files: Sequence[AdFile],
    identity: RunIdentity,
    data: SearchData,
    settings: Settings,
    output: Path,
    kind: str,
    *,
    work_of: WorkOf[Prediction] = predictions,
    csv: FlatCsv = PLAIN_CSV,
    resume: bool | None,
    limit: int | None,
    address: str | None,
    report: Callable[[PartRecord], None],
) -> tuple[RunSummary, Mapping[str, StageUsage]]:
    """Classify `files` into part files in the folder `output`; rows by path, and what the LLM cost.

    `identity` is that of the run over `data`; no model is opened here. `address` is a running
    cluster, None for a Ray of this machine's own that ends with the run; a Ray that is connected
    already is used as it is. `work_of` says what a worker does with a classifier, and is picklable.
    `csv` is what parts in CSV are like; those in Parquet have its further columns too. `report` is
    shown the record of every finished part.

    Raises ConfigError when `output` holds something else, InputError when a file can't be read,
    UnavailableError without Ray, or when it, the folder or a worker's model can't be had.
    """
    mark = f"{identity.mark(kind)}-{settings.classify.part}"
    folder = PartFolder(output.resolve(), kind, mark, csv)
    work = _limited(files, settings, limit)
    with connected_ray(address) as ray, folder.sole_writer():
        folder.begin([file.name or Path(file.path).name for file in files], resume)
        threads = settings.embedding.threads or 1
        run = _Run(_for_workers(settings, threads), identity.versions, folder, not address)
        summary, usage = RunSummary(), defaultdict[str, StageUsage](StageUsage)
        names = set()
        broke: InputError | None = None
        for outcome in _outcomes(ray, work, run, (data, work_of), threads):
            if isinstance(outcome.error, InputError):
                # What was read of the file before that is still under way.
                broke = broke or outcome.error
            elif outcome.error:
                raise outcome.error
            if outcome.record:
                names.add(outcome.part)
                summary.paths.update(outcome.record.paths)
                summary.languages.update(outcome.record.languages)
                summary.left_out.update(outcome.record.left_out)
                summary.resumed += outcome.record.rows if outcome.resumed else 0
                report(outcome.record)
            for stage, cost in outcome.usage.items():
                usage[stage] += cost
        if broke:
            raise broke
        folder.finish(names)
    return summary, usage


def _limited(
    files: Sequence[AdFile], settings: Settings, limit: int | None
) -> list[tuple[AdFile, int | None]]:
    """The files with the rows to read of each, None for all. They are counted up to `limit`."""
    if limit is None:
        return [(file, None) for file in files]
    work: list[tuple[AdFile, int | None]] = []
    for file in files:
        if limit == 0:
            break
        rows = sum(1 for _ in islice(file.rows(settings.input), limit))
        work.append((file, rows))
        limit -= rows
    return work


def _outcomes(
    ray: Any,
    work: Sequence[tuple[AdFile, int | None]],
    run: _Run,
    given: tuple[SearchData, WorkOf[Prediction]],
    threads: int,
) -> Iterator[_Outcome]:
    """What becomes of every part, in the order in which they are finished."""
    context = ray.data.DataContext.get_current()
    # Each part is a block of its own: it is handed out and told of by itself.
    context.target_max_block_size = 1
    context.enable_progress_bars = False
    cores = int(ray.cluster_resources().get("CPU", 1))
    workers = max(1, cores // threads)
    items = [
        {"number": number, "path": str(Path(file.path).resolve()), "name": file.name, "rows": rows}
        for number, (file, rows) in enumerate(work)
    ]
    rows = (
        ray.data.from_items(items, override_num_blocks=len(items))
        # Readers mostly wait: were they given cores, workers that hold them all would starve them.
        .flat_map(_read, fn_kwargs={"run": run}, num_cpus=0)
        .map(
            _Worker,
            fn_constructor_kwargs={"run": run, "given": ray.put(given)},
            num_cpus=min(threads, cores),
            compute=ray.data.ActorPoolStrategy(
                min_size=1, max_size=workers, max_tasks_in_flight_per_actor=2
            ),
        )
    )
    try:
        for row in rows.iter_rows():
            yield pickle.loads(row["outcome"])
    except ray.exceptions.RayTaskError:
        raise
    except ray.exceptions.RayError as error:
        raise UnavailableError(
            f"Ray gave up ({error}); what is done is kept, give the same command again"
        ) from error


def _read(item: Mapping[str, Any], run: _Run) -> Iterator[dict[str, bytes]]:
    """A file's parts, and what became of those that an earlier run has done."""
    settings = run.settings
    try:
        rows = islice(AdFile(item["path"], item["name"]).rows(settings.input), item["rows"])
        size = settings.classify.part
        for part in parts_of(item["number"], rows, settings.classify.chunk, size):
            record = run.folder.done(part)
            if record:
                yield _reported(_Outcome(part.name, record, resumed=True))
            else:
                yield {"part": pickle.dumps(part), "outcome": b""}
    except IscoError as error:
        yield _reported(_Outcome(error=error))


def _reported(outcome: _Outcome) -> dict[str, bytes]:
    return {"part": b"", "outcome": pickle.dumps(outcome)}


class _Worker:
    """Classifies parts, one after the other, with a model of its own."""

    def __init__(self, run: _Run, given: Any) -> None:
        self._run = run
        self._given = given
        self._opened: tuple[Classifier, Work[Prediction]] | None = None

    def __call__(self, row: Mapping[str, bytes]) -> dict[str, bytes]:
        if row["outcome"]:
            return {"part": b"", "outcome": row["outcome"]}
        part: Part = pickle.loads(row["part"])
        try:
            return _reported(self._classify(part))
        except IscoError as error:
            return _reported(_Outcome(part.name, error=error))

    def _classify(self, part: Part) -> _Outcome:
        # Made at the first part: what goes wrong then is told as of any other.
        classifier, work = self._opened = self._opened or self._open()
        self._run.folder.try_once_more(part)
        before = {stage: replace(cost) for stage, cost in classifier.llm.usage.items()}
        found = [prediction for chunk in part.chunks for prediction in work(chunk)]
        record = self._run.folder.write(part, found)
        usage = {
            stage: cost - before.get(stage, StageUsage())
            for stage, cost in classifier.llm.usage.items()
        }
        return _Outcome(part.name, record, usage=usage)

    def _open(self) -> tuple[Classifier, Work[Prediction]]:
        import ray

        run = self._run
        run.folder.require_begun()
        data, work_of = ray.get(self._given)
        classifier = WorkerStart(run.worker_settings, data, run.versions, work_of).classifier()
        return classifier, work_of(classifier)


def _for_workers(settings: Settings, threads: int) -> Settings:
    """The settings without what workers need not know, and with paths that hold anywhere."""
    keys = {"api_key": None, "read_only_api_key": None}
    return settings.model_copy(
        update={
            "data_dir": settings.data_dir.resolve(),
            "qdrant": settings.qdrant.model_copy(update=keys),
            "embedding": settings.embedding.model_copy(update={"threads": threads}),
        }
    )
