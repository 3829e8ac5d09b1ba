"""isco classify: ads in, codes out."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isco.cli import logs
from isco.cli.options import configuration_options, settings_from
from isco.cli.stopping import finishing
from isco.cli.terminal import Bar, explanation, note, prediction_table
from isco.core.records import Ad, Prediction, PredictionPath

if TYPE_CHECKING:
    from isco.core.records import Row
    from isco.core.settings import Settings
    from isco.retriever.pipeline import Classifier
    from isco.retriever.reading.inputs import AdFile
    from isco.retriever.reading.sharding import Shard
    from isco.retriever.running.part_folder import PartRecord
    from isco.retriever.running.run import RunSummary
    from isco.retriever.running.writers import PredictionWriter
    from isco.retriever.searching.search_data import SearchData


@click.command("classify")
@click.argument("ads")
@click.option("-o", "--output", metavar="OUT", help="File for the predictions.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "csv", "parquet", "table"]),
    help="Format of the predictions; the default is what OUT's name says, or JSONL.",
)
@click.option(
    "--resume/--no-resume",
    default=None,
    help="Go on with what OUT holds, or start over. By default a run that was cut off is gone on "
    "with when nothing in the configuration has changed.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Stop after N ads.")
@click.option(
    "--shard",
    metavar="I/N",
    help="Classify the Ith of N parts of the ads, so that N processes share the work.",
)
@click.option("--store-ads", is_flag=True, help="Keep the classified ads in Qdrant as well.")
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    help="Who does it: this process, or Ray on all cores, into a folder of part files.",
)
@click.option("--address", metavar="ADDRESS", help="A running Ray cluster, for --engine ray.")
@click.option("--explain", is_flag=True, help="Show the neighbours behind each answer.")
@configuration_options
def command(
    ads: str,
    output: str | None,
    format_: str | None,
    resume: bool | None,
    limit: int | None,
    shard: str | None,
    store_ads: bool,
    engine: str,
    address: str | None,
    explain: bool,
    **shared: Any,
) -> int:
    """Give job ads their ISCO-08 codes.

    ADS is a JSONL, CSV, TSV or Parquet file, compressed with gzip or not, a folder of such files,
    or - for standard input. Every ad gets one row in the output, in the order of the input. The
    exit code is 1 when some rows were no ads; they are in the output with the reason.
    """
    settings = settings_from(**shared)
    from isco.retriever.reading.inputs import ad_files, read_files
    from isco.retriever.reading.sharding import Shard
    from isco.retriever.reading.text_files import STANDARD_INPUT
    from isco.retriever.running.ad_archive import keeping
    from isco.retriever.running.process_pool import with_workers
    from isco.retriever.running.run import classify_to_file, classify_to_stream
    from isco.retriever.running.writers import NoWriter, TextWriter, format_of

    part = Shard.parse(shard) if shard is not None else None
    as_table = format_ == "table" or (not output and not format_ and sys.stdout.isatty())
    if as_table and output:
        raise click.UsageError("--format table goes to the terminal; leave out -o")
    if resume is not None and not output:
        raise click.UsageError("--resume and --no-resume need an output file (-o)")
    on_files = bool(output) and ads != STANDARD_INPUT
    _require_fit(engine, address, on_files, explain or store_ads or bool(part))
    kind = "table" if as_table else format_of(output, format_)
    # The first row is read before the model is loaded: a wrong file name is told at once.
    files = ad_files(ads)
    rows = islice(read_files(files, settings.input), limit)
    first = list(islice(rows, 1))
    _require_apart(output, ads)
    if engine == "ray" and output:
        return _on_ray(files, settings, Path(output), kind, resume, limit, address)
    classifier, data = _opened(settings, piped=ads == STANDARD_INPUT)
    shown: list[tuple[Prediction, str]] = []
    paths: Counter[str] = Counter()
    with (
        finishing(settings.classify.grace) as stop,
        Bar() as bar,
        keeping(classifier, settings, store_ads) as keeper,
        with_workers(keeper, data, settings) as classifier,
    ):
        total = _total(files, limit, part, settings.classify.chunk)
        bar.start("classify", total, paths)

        def report(chunk: "Sequence[Row]", predictions: Sequence[Prediction]) -> None:
            titles = [row.title if isinstance(row, Ad) else "(broken row)" for row in chunk]
            if explain:
                for prediction, title in zip(predictions, titles, strict=False):
                    note(explanation(prediction, title))
            if as_table:
                shown.extend(zip(predictions, titles, strict=True))
            paths.update(str(prediction.path) for prediction in predictions)
            bar.advance(len(chunk))
            stop.check()

        everything = chain(first, rows)
        if output:
            summary = classify_to_file(
                everything, classifier, settings, Path(output), kind, resume, report, part
            )
        else:
            writer: PredictionWriter
            writer = NoWriter() if as_table else TextWriter(sys.stdout.buffer, kind)
            summary = classify_to_stream(everything, classifier, settings, writer, report, part)
    if as_table:
        click.echo(prediction_table([p for p, _ in shown], [title for _, title in shown]))
    _summarise(summary, classifier)
    return 1 if summary.errors else 0


def _total(
    files: "Sequence[AdFile]", limit: int | None, part: "Shard | None", chunk: int
) -> int | None:
    """How many rows of the input will be classified; None where that is not known."""
    from isco.retriever.reading.inputs import count_files

    if part and len(files) > 1:
        return None
    rows = count_files(files)
    total = min(rows, limit) if rows and limit else rows or limit
    return part.size(total, chunk) if part and total else total


def _require_fit(engine: str, address: str | None, on_files: bool, local_only: bool) -> None:
    """Refuse what the engine can't do: Ray's driver never sees the ads, and shares them out."""
    if engine == "local" and address:
        raise click.UsageError("--address goes with --engine ray")
    if engine == "ray" and (local_only or not on_files):
        raise click.UsageError(
            "--engine ray reads files and writes a folder (-o OUT); it goes with neither standard "
            "input nor --shard, --explain or --store-ads"
        )


def _opened(settings: "Settings", piped: bool = False) -> "tuple[Classifier, SearchData]":
    """A classifier, and what was read from Qdrant for it, of which others can be made."""
    from isco.core.embedding import open_embedder
    from isco.retriever.factory import make_classifier, read_search_data

    embedder = open_embedder(settings.embedding)
    data = read_search_data(settings, embedder)
    classifier = make_classifier(data, settings, embedder)
    if piped:
        classifier.at_once = 1
    return classifier, data


def _on_ray(
    files: "Sequence[AdFile]",
    settings: "Settings",
    output: Path,
    kind: str,
    resume: bool | None,
    limit: int | None,
    address: str | None,
) -> int:
    from isco.retriever.running.ray_engine import classify_on_ray

    classifier, data = _opened(settings)
    paths: Counter[str] = Counter()
    with Bar() as bar:
        # What is too much for one machine is not read by one only to be counted.
        total = limit if address else _total(files, limit, None, settings.classify.chunk)
        bar.start("classify", total, paths)

        def report(record: "PartRecord") -> None:
            paths.update(record.paths)
            bar.advance(record.rows)

        summary, usage = classify_on_ray(
            files, classifier, data, settings, output, kind,
            resume=resume, limit=limit, address=address, report=report,
        )  # fmt: skip
    classifier.llm = replace(classifier.llm, usage=usage)
    _summarise(summary, classifier)
    return 1 if summary.errors else 0


def _require_apart(output: str | None, ads: str) -> None:
    """Refuse an output that would overwrite the ads, or be read as ads the next time."""
    from isco.retriever.reading.text_files import STANDARD_INPUT

    if not output or ads == STANDARD_INPUT:
        return
    out, given = Path(output), Path(ads)
    if given.is_dir() and out.resolve().is_relative_to(given.resolve()):
        raise click.UsageError("OUT is in the folder of the ads, where it would be read as ads")
    if out.exists() and out.samefile(given):
        raise click.UsageError("OUT is the file of the ads, which would be overwritten")


def _summarise(summary: "RunSummary", classifier: "Classifier") -> None:
    """Counts by path, and what the LLM cost by stage, on standard error."""
    parts = [f"{summary.paths[path]} {path}" for path in PredictionPath if summary.paths[path]]
    counts = f"{summary.rows} ads: {', '.join(parts) or 'none'}"
    if logs.is_json():
        logs.event(
            "summary",
            counts,
            rows=summary.rows,
            paths=dict(summary.paths),
            errors=summary.errors,
            disagreed=summary.disagreed,
            resumed=summary.resumed,
            llm=classifier.llm.choice,
            usage={stage: usage.as_dict() for stage, usage in classifier.llm.usage.items()},
            notice=classifier.notice if summary.rows else None,
        )
        return
    note(counts)
    coded = summary.rows - summary.paths[PredictionPath.NOT_A_JOB] - summary.errors
    if coded:
        share = summary.paths[PredictionPath.UNANIMOUS] / coded
        was = "was" if classifier.llm.reranker else "would have been"
        note(f"unanimous: {share:.1%}; an LLM {was} asked about {summary.disagreed} ads")
    if summary.resumed:
        note(f"{summary.resumed} of them were done by an earlier run")
    note(f"LLM {classifier.llm.choice}")
    for stage, usage in classifier.llm.usage.items():
        note(
            f"{stage:<12} {usage.calls} calls, {usage.cache_hits} answers from the cache, "
            f"{usage.tokens_in} tokens in, {usage.tokens_out} out, {usage.failures} failed, "
            f"{usage.seconds:.1f} s"
        )
    if classifier.notice and summary.rows:
        note(classifier.notice)
