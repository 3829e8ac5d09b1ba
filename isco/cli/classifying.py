"""A run of isco classify as a person sees it: a bar, what is shown of each ad, a summary."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isco.cli.run_summary import summarise
from isco.cli.stopping import finishing
from isco.cli.terminal import Bar, note
from isco.core.embedding import model_identity
from isco.core.records import Ad, Prediction, Row
from isco.core.settings import Settings
from isco.retriever.factory import SearchData, read_search_data
from isco.retriever.llm.cached_backend import StageUsage
from isco.retriever.reading.inputs import AdFile, count_files, read_files
from isco.retriever.reading.opening import is_regular
from isco.retriever.reading.sharding import Shard
from isco.retriever.reading.text_files import STANDARD_INPUT
from isco.retriever.running.ad_archive import open_archive
from isco.retriever.running.feed import first_extras, look_ahead
from isco.retriever.running.flat_csv import FlatCsv
from isco.retriever.running.identity import identify_run
from isco.retriever.running.opening import WorkOf, open_run, predictions
from isco.retriever.running.parts import PartRecord
from isco.retriever.running.run import Run
from isco.retriever.running.writers import NoWriter
from isco.tables import explanation, prediction_table

if TYPE_CHECKING:
    from isco.crosswalk.classified import Crossing

TABLE = "table"


@dataclass(frozen=True)
class Asked:
    """What the command line asks for; `kind` is the output's format, or a table on the terminal."""

    ads: str
    files: Sequence[AdFile]
    output: Path | None
    kind: str
    resume: bool | None = None
    limit: int | None = None
    shard: Shard | None = None
    store_ads: bool = False
    explain: bool = False

    @property
    def piped(self) -> bool:
        """Whether the ads come from standard input."""
        return self.ads == STANDARD_INPUT

    def rows(self, settings: Settings) -> Iterator[Row]:
        """The ads; the first is read now, so that a wrong file costs no wait for a model."""
        rows = islice(read_files(self.files, settings.input), self.limit)
        first = list(islice(rows, 1))
        return chain(first, rows)

    def total(self, settings: Settings) -> int | None:
        """How many rows will be classified; None where that is not known."""
        if self.shard and len(self.files) > 1:
            return None
        rows = count_files(self.files, settings.input)
        total = min(rows, self.limit) if rows and self.limit else rows or self.limit
        chunk = settings.classify.chunk
        return self.shard.size(total, chunk) if self.shard and total else total

    def csv(self, settings: Settings, crossing: "Crossing | None") -> FlatCsv:
        """What an output in CSV is like; of a stream of ads the first ones say it."""
        further = crossing.crosswalks.columns if crossing else ()
        flat = FlatCsv(settings=settings.output, further=further)
        if self.kind != "csv" or not all(is_regular(file.path) for file in self.files):
            return flat
        return flat.with_own(first_extras(self.files, settings.input))

    def require_output_apart(self) -> None:
        """Refuse an output that would overwrite the ads, or be read as ads the next time."""
        if not self.output:
            return
        if self.piped:
            if self.output.exists() and _is_standard_input(self.output):
                raise click.UsageError("OUT is the file of the ads, which would be overwritten")
            return
        given = Path(self.ads)
        if given.is_dir() and self.output.resolve().is_relative_to(given.resolve()):
            raise click.UsageError("OUT is in the folder of the ads, where it would be read as ads")
        if self.output.exists() and given.exists() and self.output.samefile(given):
            raise click.UsageError("OUT is the file of the ads, which would be overwritten")


def classify_here(asked: Asked, settings: Settings) -> int:
    """Classify with the executor that the configuration names; the exit status."""
    rows: Iterable[Row] = asked.rows(settings)
    crossing = _crossing(settings)
    if not asked.piped:
        rows, settings = look_ahead(rows, settings)
    shown: list[tuple[Prediction, str]] = []
    paths: Counter[str] = Counter()
    with ExitStack() as open_:
        stop = open_.enter_context(finishing(settings.classify.grace))
        run = open_.enter_context(open_run(settings, _work_of(crossing), piped=asked.piped))
        also_to = [open_.enter_context(open_archive(settings, run))] if asked.store_ads else []
        bar = open_.enter_context(Bar())
        reading = Reading(stop.watched(rows) if asked.piped else rows)
        bar.start(
            "classify",
            asked.total(settings),
            paths,
            lambda: doing(reading.rows - bar.done, run.usage),
        )

        def report(chunk: Sequence[Row], found: Sequence[Prediction]) -> None:
            titles = [row.title if isinstance(row, Ad) else "(broken row)" for row in chunk]
            if asked.explain:
                for prediction, title in zip(found, titles, strict=False):
                    note(explanation(prediction, title))
            if asked.kind == TABLE:
                shown.extend(zip(found, titles, strict=True))
            paths.update(str(prediction.path) for prediction in found)
            bar.advance(len(chunk))
            stop.check()

        job = Run(
            rows=reading,
            executor=run.executor,
            identity=crossing.identity(run.identity) if crossing else run.identity,
            chunk=settings.classify.chunk,
            shard=asked.shard,
            report=report,
            also_to=also_to,
            csv=asked.csv(settings, crossing),
        )
        if asked.output:
            summary = job.to_file(asked.output, asked.kind, asked.resume)
        elif asked.kind == TABLE:
            summary = job.to_stream(NoWriter())
        else:
            summary = job.on_stream(sys.stdout.buffer, asked.kind)
    if asked.kind == TABLE:
        click.echo(prediction_table([p for p, _ in shown], [title for _, title in shown]))
    return summarise(summary, run.identity, run.usage, run.data.metadata)


def _crossing(settings: Settings, data: SearchData | None = None) -> "Crossing | None":
    if not settings.crosswalks:
        return None
    from isco.crosswalk.classified import open_crossing

    return open_crossing(settings, data)


def _work_of(crossing: "Crossing | None") -> WorkOf[Prediction]:
    return crossing.work_of if crossing else predictions


def classify_on_cluster(asked: Asked, output: Path, settings: Settings, address: str | None) -> int:
    """Classify with Ray into the folder `output`; the exit status."""
    from isco.retriever.running.ray_engine import classify_on_ray

    _, settings = look_ahead(asked.rows(settings), settings)
    data = read_search_data(settings, model_identity(settings.embedding))
    crossing = _crossing(settings, data)
    identity = identify_run(settings, data)
    paths: Counter[str] = Counter()
    with Bar() as bar:
        # What is too much for one machine is not read by one only to be counted.
        total = asked.limit if address else asked.total(settings)
        bar.start("classify", total, paths)

        def report(record: PartRecord) -> None:
            paths.update(record.paths)
            bar.advance(record.rows)

        summary, usage = classify_on_ray(
            asked.files,
            crossing.identity(identity) if crossing else identity,
            data,
            settings,
            output,
            asked.kind,
            work_of=_work_of(crossing),
            csv=asked.csv(settings, crossing),
            resume=asked.resume,
            limit=asked.limit,
            address=address,
            report=report,
        )
    return summarise(summary, identity, usage, data.metadata)


def _is_standard_input(path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(sys.stdin.fileno()), path.stat())
    except (OSError, ValueError):
        return False


class Reading:
    """Rows as they are read, and how many have been."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = 0
        self._given = rows

    def __iter__(self) -> Iterator[Row]:
        for row in self._given:
            self.rows += 1
            yield row


def doing(in_hand: int, usage: Mapping[str, StageUsage]) -> str:
    """What is going on while no chunk is done, for people: "128 in hand, reranking: 12 answers"."""
    answers = [f"{stage}: {cost.calls + cost.cache_hits} answers" for stage, cost in usage.items()]
    return ", ".join((f"{in_hand} in hand", *answers) if in_hand > 0 else answers)
