"""A whole input through an executor: chunk by chunk, each to every place where results go."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO

from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Prediction, PredictionPath, Row
from isco.retriever.preparing.plain_text import one_line
from isco.retriever.reading.inputs import file_chunks
from isco.retriever.reading.sharding import Shard
from isco.retriever.running.executors import Executor
from isco.retriever.running.flat_csv import PLAIN_CSV, FlatCsv
from isco.retriever.running.identity import RunIdentity
from isco.retriever.running.json_ld_lines import JsonLdLines
from isco.retriever.running.output_lock import sole_writer
from isco.retriever.running.resume import DoneRows, Marker, first_ids, read_done
from isco.retriever.running.writers import (
    JsonLines,
    ParquetWriter,
    PredictionWriter,
    TextFormat,
    TextWriter,
)


@dataclass
class RunSummary:
    """Rows by path over the whole output, and how many of them an earlier run had done.

    `languages` counts the languages of the others, `left_out` those that have something to say in a
    field for which the output has no column.
    """

    paths: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
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
        return sum(self.paths[path] for path in PredictionPath if path.disagreed)


# Shown each chunk of rows and their predictions; none for rows that an earlier run had done.
Report = Callable[[Sequence[Row], Sequence[Prediction]], None]


def _no_report(_: Sequence[Row], __: Sequence[Prediction]) -> None:
    """For runs that nobody watches."""


@dataclass(frozen=True)
class Run:
    """What is classified by whom, `chunk` rows at a time.

    `shard` is the part of `rows` that is this run's, None for all. `also_to` are the places beside
    the output where results go; they have each chunk before it is in the output. `csv` is what an
    output in CSV is like; Parquet has its further columns too.
    """

    rows: Iterable[Row]
    executor: Executor[Prediction]
    identity: RunIdentity
    chunk: int
    shard: Shard | None = None
    report: Report = _no_report
    also_to: Sequence[PredictionWriter] = ()
    csv: FlatCsv = PLAIN_CSV

    def on_stream(self, stream: IO[bytes], kind: str) -> RunSummary:
        """Classify everything onto `stream`, in the text format `kind`."""
        writer = TextWriter(stream, text_form(kind, self.csv))
        summary = self.to_stream(writer)
        writer.finish()
        return summary

    def to_stream(self, writer: PredictionWriter) -> RunSummary:
        """Classify everything into `writer`, which stays open."""
        summary = RunSummary()
        self._classify(self._chunks(), writer, summary)
        return summary

    def to_file(self, output: Path, kind: str, resume: bool | None = None) -> RunSummary:
        """Classify everything into the file `output`, going on where an earlier run stopped.

        `resume` True insists on going on with what `output` holds, False starts over, None goes on
        only with what the same configuration left unfinished. Raises ConfigError when `output`
        holds rows of another input or of other versions, UnavailableError when it can't be written
        and while another run writes it. What is finished, and of another input, is overwritten by
        `resume` False alone.
        """
        if kind == "parquet" and resume:
            raise ConfigError("Parquet files can't be resumed; use JSONL or CSV for that")
        try:
            if output.exists() and not output.is_file():
                with output.open("wb") as stream:
                    return self.on_stream(stream, kind)
            with sole_writer(output):
                if kind == "parquet":
                    chunks = self._chunks_for(output, None, resume)
                    return self._to_new_file(ParquetWriter(output, self.csv.further), chunks)
                return self._to_text_file(output, kind, resume)
        except OSError as error:
            raise UnavailableError(f"can't write {output}: {error.strerror or error}") from error

    def _to_text_file(self, output: Path, kind: str, resume: bool | None) -> RunSummary:
        form = text_form(kind, self.csv.of_a_file())
        marker, mark = Marker(output), self.identity.mark(kind, self.shard)
        unfinished = marker.read()
        if resume and unfinished not in (None, mark):
            raise ConfigError(
                f"{output} was begun with another configuration: use that one, or --no-resume to "
                "start over"
            )
        go_on = unfinished == mark if resume is None else resume
        done = read_done(output, form, self.identity.versions) if go_on else DoneRows(form)
        if done.ids:
            known = unfinished is not None or form.names_versions
            summary = self._go_on(output, done, lambda: marker.set(mark), known)
        else:
            chunks = self._chunks() if unfinished else self._chunks_for(output, form, resume)
            with output.open("wb") as stream:
                marker.set(mark)
                summary = self._to_new_file(TextWriter(stream, form), chunks)
        marker.clear()
        return summary

    def _to_new_file(self, writer: PredictionWriter, chunks: Iterable[Sequence[Row]]) -> RunSummary:
        summary = RunSummary()
        self._classify(chunks, writer, summary)
        writer.close()
        return summary

    def _chunks_for(
        self, output: Path, form: TextFormat | None, resume: bool | None
    ) -> Iterator[Sequence[Row]]:
        """The chunks, for a new file in place of what is finished there, if it is of this input.

        Raises ConfigError when that is of another one, and nothing says that it may go.
        """
        chunks = self._chunks()
        first = next(chunks, [])
        if resume is None:
            known = first_ids(output, form, len(first))
            ours = [one_line(row.id) for row in first[: len(known)]]
            if ours != list(map(one_line, known)):
                raise ConfigError(
                    f"{output} holds the finished predictions of another input: name another OUT, "
                    "or --no-resume to overwrite them"
                )
        return chain([first] if first else [], chunks)

    def _go_on(
        self, output: Path, done: DoneRows, begin: Callable[[], None], known: bool
    ) -> RunSummary:
        """Add what is missing to `output`; `begin` is called before it is changed.

        `known` says that the configuration which made it is this one.
        """
        summary = RunSummary()
        chunks = self._chunks()
        if not known:
            first = next(chunks, [])
            self._require_same_rows(first, done, output)
            chunks = chain([first] if first else [], chunks)
        with output.open("r+b") as stream:
            writer = TextWriter(stream, done.form, begun=True)

            def missing() -> Iterator[Sequence[Row]]:
                start = 0
                for chunk in chunks:
                    end = start + len(chunk)
                    _require_same_ids(chunk, done.ids[start:end], output, start)
                    if end <= len(done.ids):
                        summary.resumed = end
                        self.report(chunk, ())
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

            self._classify(missing(), writer, summary)
        summary.paths.update(done.paths[: summary.resumed])
        return summary

    def _require_same_rows(self, chunk: Sequence[Row], done: DoneRows, output: Path) -> None:
        """Raise ConfigError where the first rows, made again, are others than in `output`.

        For one that does not say what made it.
        """
        _require_same_ids(chunk, done.ids, output, 0)
        if not chunk or len(chunk) > len(done.ids):
            return
        ((_, predictions),) = self.executor.run([chunk])
        with output.open("rb") as stream:
            stream.seek(done.ends[0])
            there = stream.read(done.ends[len(chunk)] - done.ends[0])
        if there != b"".join(map(done.form.encode, predictions)):
            raise ConfigError(
                f"{output} was made by another configuration or other versions than now: use "
                "those, or --no-resume to start over"
            )

    def _chunks(self) -> Iterator[list[Row]]:
        chunks = file_chunks(self.rows, self.chunk)
        return file_chunks(self.shard.rows(chunks), self.chunk) if self.shard else chunks

    def _classify(
        self, chunks: Iterable[Sequence[Row]], writer: PredictionWriter, summary: RunSummary
    ) -> None:
        for chunk, predictions in self.executor.run(chunks):
            for place in (*self.also_to, writer):
                place.write(predictions)
            summary.paths.update(str(prediction.path) for prediction in predictions)
            summary.languages.update(languages_of(predictions))
            self.report(chunk, predictions)
        if isinstance(writer, TextWriter):
            summary.left_out.update(writer.left_out)


def text_form(kind: str, csv: FlatCsv) -> TextFormat:
    """What a text format writes; `csv` is what a CSV file is like."""
    forms: dict[str, TextFormat] = {"csv": csv, "jsonld": JsonLdLines()}
    return forms.get(kind) or JsonLines()


def languages_of(predictions: Sequence[Prediction]) -> Iterator[str]:
    """Of those that are known, once an ad."""
    return (prediction.language for prediction in predictions if prediction.language)


def _require_same_ids(chunk: Sequence[Row], done: Sequence[str], output: Path, start: int) -> None:
    for offset, (row, known) in enumerate(zip(chunk, done, strict=False)):
        if one_line(row.id) != one_line(known):
            raise ConfigError(
                f"{output}: row {start + offset + 1} is {known!r}, but the input has {row.id!r} "
                "there; it was made from another input (--no-resume starts over)"
            )
