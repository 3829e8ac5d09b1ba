"""isco classify: ads in, codes out."""

import sys
from pathlib import Path
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from


@click.command("classify")
@click.argument("ads")
@click.option("-o", "--output", metavar="OUT", help="File for the predictions, or -.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "csv", "parquet", "jsonld", "table"]),
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
    from isco.cli.classifying import Asked, classify_here, classify_on_cluster
    from isco.retriever.reading.inputs import ad_files
    from isco.retriever.reading.sharding import Shard
    from isco.retriever.running.writers import format_of

    part = Shard.parse(shard) if shard is not None else None
    as_table = format_ == "table" or (not output and not format_ and sys.stdout.isatty())
    if output == "-" and not as_table:
        output = None
    if as_table and output:
        raise click.UsageError("--format table goes to the terminal; leave out -o")
    if resume is not None and not output:
        raise click.UsageError("--resume and --no-resume need an output file (-o)")
    if engine == "local" and address:
        raise click.UsageError("--address goes with --engine ray")
    asked = Asked(
        ads=ads,
        files=ad_files(ads),
        output=Path(output) if output else None,
        kind="table" if as_table else format_of(output, format_),
        resume=resume,
        limit=limit,
        shard=part,
        store_ads=store_ads,
        explain=explain,
    )
    asked.require_output_apart()
    if engine == "local":
        return classify_here(asked, settings)
    if asked.output is None or asked.piped or part or explain or store_ads:
        raise click.UsageError(
            "--engine ray reads files and writes a folder (-o OUT); it goes with neither standard "
            "input nor --shard, --explain or --store-ads"
        )
    return classify_on_cluster(asked, asked.output, settings, address)
