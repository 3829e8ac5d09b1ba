"""A whole input through the pipeline: read, classify chunk by chunk, write, resume."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Prediction, PredictionPath, Row
from isco.core.settings import Settings
from isco.retriever.pipeline import Classifier
from isco.retriever.preparing.plain_text import one_line
from isco.retriever.reading.inputs import file_chunks
from isco.retriever.reading.sharding import Shard
from isco.retriever.running.resume import DoneRows, Marker, fingerprint, read_done
from isco.retriever.running.writers import ParquetWriter, PredictionWriter, TextWriter


@dataclass
class RunSummary:
    """Rows by path over the whole output, and how many of them an earlier run had done."""

    paths: Counter[str] = field(default_factory=Counter)
    resumed: int = 0

    @property
    def rows(self) -> int:
        """Rows in the output."""
        return self.paths.total()

    @property
    def errors(self) -> int:
        """Rows that were no ad."""
        return self.paths[PredictionPath.ERROR]

    @property
    def disagreed(self) -> int:
        """Ads on whose code the nearest leaves do not agree."""
        agreed = (PredictionPath.UNANIMOUS, PredictionPath.MAJORITY)
        others = (PredictionPath.NOT_A_JOB, PredictionPath.ERROR)
        return self.rows - sum(self.paths[path] for path in (*agreed, *others))


# Shown each chunk of rows and their predictions; none for rows that an earlier run had done.
Report = Callable[[Sequence[Row], Sequence[Prediction]], None]


def classify_to_stream(
    rows: Iterable[Row], classifier: Classifier, settings: Settings, writer: PredictionWriter,
    report: Report, shard: Shard | None = None,
) -> RunSummary:  # fmt: skip
    """Classify all `rows` into `writer`, or those of one `shard`."""
    rows = _of_shard(rows, shard, settings)
    summary = RunSummary()
    _classify_chunks(
        file_chunks(rows, settings.classify.chunk), classifier, writer, summary, report
    )
    return summary


def classify_to_file(
    rows: Iterable[Row],
    classifier: Classifier,
    settings: Settings,
    output: Path,
    kind: str,
    resume: bool | None,
    report: Report,
    shard: Shard | None = None,
) -> RunSummary:
    """Classify `rows`, or those of one `shard`, into the file `output`, going on where an earlier
    run stopped.

    `resume` True insists on going on with what `output` holds, False starts over, None goes on
    only with what the same configuration left unfinished. Raises ConfigError when `output` holds
    rows of another input or of other versions, UnavailableError when it can't be written.
    """
    if kind == "parquet" and resume:
        raise ConfigError("Parquet files can't be resumed; use JSONL or CSV for that")
    rows = _of_shard(rows, shard, settings)
    try:
        if kind == "parquet":
            writer = ParquetWriter(output)
            return _into_new_file(rows, classifier, settings, writer, report)
        mark = fingerprint(settings, classifier.versions, kind, shard, classifier.learned)
        return _into_text_file(rows, classifier, settings, output, kind, mark, resume, report)
    except OSError as error:
        raise UnavailableError(f"can't write {output}: {error.strerror or error}") from error


def chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """`rows` in lists of `size`, the last one shorter."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _of_shard(rows: Iterable[Row], shard: Shard | None, settings: Settings) -> Iterable[Row]:
    return shard.rows(file_chunks(rows, settings.classify.chunk)) if shard else rows


def _into_text_file(
    rows: Iterable[Row],
    classifier: Classifier,
    settings: Settings,
    output: Path,
    kind: str,
    mark: str,
    resume: bool | None,
    report: Report,
) -> RunSummary:
    marker = Marker(output)
    unfinished = marker.read()
    if resume and unfinished not in (None, mark):
        raise ConfigError(
            f"{output} was begun with another configuration: use that one, or --no-resume to "
            "start over"
        )
    go_on = unfinished == mark if resume is None else resume
    done = read_done(output, kind, classifier.versions) if go_on else DoneRows()
    if done.ids:
        begin = partial(marker.set, mark)
        summary = _go_on(rows, classifier, settings, output, kind, done, begin, report)
    else:
        with output.open("wb") as stream:
            marker.set(mark)
            writer = TextWriter(stream, kind)
            summary = _into_new_file(rows, classifier, settings, writer, report)
    marker.clear()
    return summary


def _into_new_file(
    rows: Iterable[Row], classifier: Classifier, settings: Settings, writer: PredictionWriter,
    report: Report,
) -> RunSummary:  # fmt: skip
    summary = classify_to_stream(rows, classifier, settings, writer, report)
    writer.close()
    return summary


def _go_on(
    rows: Iterable[Row],
    classifier: Classifier,
    settings: Settings,
    output: Path,
    kind: str,
    done: DoneRows,
    begin: Callable[[], None],
    report: Report,
) -> RunSummary:
    """Add what is missing to `output`; `begin` is called before it is changed."""
    summary = RunSummary()
    with output.open("r+b") as stream:
        writer = TextWriter(stream, kind, with_header=False)

        def missing() -> Iterator[Sequence[Row]]:
            start = 0
            for chunk in file_chunks(rows, settings.classify.chunk):
                end = start + len(chunk)
                _require_same_ids(chunk, done.ids[start:end], output, start)
                if end <= len(done.ids):
                    summary.resumed = end
                    report(chunk, ())
                else:
                    if summary.resumed == start:
                        begin()
                        stream.seek(done.ends[start])
                        stream.truncate()
                    yield chunk
                start = end
            if start < len(done.ids):
                raise ConfigError(
                    f"{output} holds {len(done.ids)} rows, but the input only {start}"
                )
            if summary.resumed == start:
                stream.truncate(done.ends[start])

        _classify_chunks(missing(), classifier, writer, summary, report)
    summary.paths.update(done.paths[: summary.resumed])
    return summary


def _classify_chunks(
    pieces: Iterable[Sequence[Row]],
    classifier: Classifier,
    writer: PredictionWriter,
    summary: RunSummary,
    report: Report,
) -> None:
    for chunk, predictions in classifier.classify_chunks(pieces):
        writer.write(predictions)
        summary.paths.update(str(prediction.path) for prediction in predictions)
        report(chunk, predictions)


def _require_same_ids(chunk: Sequence[Row], done: Sequence[str], output: Path, start: int) -> None:
    for offset, (row, known) in enumerate(zip(chunk, done, strict=False)):
        if one_line(row.id) != one_line(known):
            raise ConfigError(
                f"{output}: row {start + offset + 1} is {known!r}, but the input has {row.id!r} "
                "there; it was made from another input (--no-resume starts over)"
            )
