"""isco crosswalk: national codes and scales from the occupation."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note
from isco.core.settings import CrosswalkFile, Settings


@click.command("crosswalk")
@click.argument("codes", required=False)
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="[NAME=]FILE",
    help="A mapping table, CSV, TSV or xlsx. May be repeated; by default those of the "
    "configuration.",
)
@click.option("--source", metavar="COLUMN", help="Its column of occupations or ISCO codes.")
@click.option("--target", metavar="COLUMN", help="Its column of codes or numbers.")
@click.option("--label", metavar="COLUMN", help="Its column of their names.")
@click.option(
    "--kind",
    type=click.Choice(["auto", "codes", "scale"]),
    default=None,
    help="Whether its targets are codes, or numbers of a scale; by default what they look like.",
)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The predictions with the codes, .jsonl or .csv; without it JSONL on standard output.",
)
@click.option("--overwrite", is_flag=True, help="Overwrite OUT if it is there.")
@click.option("--check", is_flag=True, help="Say how good the tables are; CODES are not needed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(
    codes: str | None,
    tables: tuple[str, ...],
    source: str | None,
    target: str | None,
    label: str | None,
    kind: str | None,
    output: Path | None,
    overwrite: bool,
    check: bool,
    as_json: bool,
    **shared: Any,
) -> None:
    """Give answered ads their codes of other classifications.

    CODES is what isco classify wrote. The codes come from the likely occupations of an ad, not
    from its unit group alone. With --check nothing is given: what each table covers, how many
    targets things have and which rows are broken is told.
    """
    settings = settings_from(**shared)
    columns = {"source": source, "target": target, "label": label, "kind": kind}
    given = {name: value for name, value in columns.items() if value is not None}
    if given and len(tables) != 1:
        raise click.UsageError(f"--{next(iter(given))} goes with one --table")
    if check == (codes is not None):
        raise click.UsageError("give either CODES or --check")
    if check and output is not None:
        raise click.UsageError("--check writes no OUT")
    named = [CrosswalkFile.model_validate(each) for each in tables]
    wanted = [each.model_copy(update=given) for each in named] or list(settings.crosswalks)
    if not wanted:
        raise click.UsageError("name a mapping table (--table FILE, or crosswalks in config.yaml)")
    if codes is None:
        _check(settings, wanted, as_json)
        return
    if output is not None:
        _require_free(output, codes, overwrite)
    elif as_json:
        raise click.UsageError("--json needs -o OUT, as the rows go to standard output")
    _convert(settings, wanted, codes, output, as_json)


def _check(settings: Settings, wanted: Sequence[CrosswalkFile], as_json: bool) -> None:
    from isco.crosswalk.crosswalks import open_crosswalks
    from isco.crosswalk.quality import quality_of
    from isco.crosswalk.text import quality_table

    found = [quality_of(each) for each in open_crosswalks(settings, wanted)]
    if as_json:
        content = {"tables": [each.as_dict() for each in found]}
        click.echo(json.dumps(content, ensure_ascii=False))
    else:
        click.echo("\n\n".join(map(quality_table, found)))


def _convert(
    settings: Settings,
    wanted: Sequence[CrosswalkFile],
    codes: str,
    output: Path | None,
    as_json: bool,
) -> None:
    from isco.crosswalk.convert import convert
    from isco.crosswalk.crosswalks import Crosswalks, open_crosswalks
    from isco.crosswalk.text import conversion_lines

    tables = open_crosswalks(settings, wanted)
    accuracy = settings.decision.target_accuracy
    told = convert(codes, output, Crosswalks.of(tables), accuracy, click.echo)
    for each in tables:
        if broken := len(each.table.broken):
            note(f"{each.table.file}: {broken} broken rows are left out (--check names them)")
    if as_json:
        click.echo(json.dumps(told.as_dict()))
        return
    for line in conversion_lines(told):
        note(line)


def _require_free(output: Path, codes: str, overwrite: bool) -> None:
    if output.exists() and Path(codes).exists() and output.samefile(codes):
        raise click.UsageError(f"{output} is the file of the predictions; name another")
    if output.exists() and not overwrite:
        raise click.UsageError(f"{output} is there: name another, or --overwrite")
