"""isco review: what people should code, as a sheet."""

import json
from pathlib import Path
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note


@click.command("review")
@click.argument("codes")
@click.option(
    "-o",
    "--output",
    metavar="SHEET",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the sheet, .csv or .xlsx.",
)
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    metavar="N",
    help="Ask for N decisions, those that teach most; by default for all that are unsure.",
)
@click.option(
    "--below",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="Ask about codes that are less sure than this, and shorter than four digits.",
)
@click.option(
    "--random-share",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.1,
    show_default=True,
    help="Part of the decisions that are on ads drawn from the accepted ones, to see how right "
    "these are.",
)
@click.option("--seed", default=0, show_default=True, help="Which ads are drawn.")
@click.option(
    "--column",
    "own",
    multiple=True,
    metavar="NAME",
    help="Show a further column of the ads, such as the employer. May be repeated.",
)
@click.option("--overwrite", is_flag=True, help="Overwrite SHEET if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(
    codes: str,
    output: Path,
    budget: int | None,
    below: float,
    random_share: float,
    seed: int,
    own: tuple[str, ...],
    overwrite: bool,
    as_json: bool,
    **shared: Any,
) -> None:
    """Make a sheet of the ads that people should code.

    CODES is what isco classify wrote. The sheet has an empty column for the code: 1 to 4 digits,
    several with | between, "not a job" or "can't be coded". isco learn and isco merge take it
    back, filled or half-filled.
    """
    settings = settings_from(**shared)
    from isco.review.sheets import Asked, make_sheet

    if output.exists() and not overwrite:
        raise click.UsageError(
            f"{output} is there, and somebody may have coded in it: name another, or --overwrite"
        )
    asked = Asked(below, budget, random_share, seed, own)
    summary = make_sheet(settings, codes, output, asked)
    if as_json:
        click.echo(json.dumps(summary.as_dict()))
        return
    click.echo(
        f"{output}: {summary.rows} decisions on {summary.ads} ads, {summary.random_rows} of them "
        "on accepted ads drawn at random"
    )
    click.echo(
        f"{summary.unsure} ads are unsure, {summary.accepted} accepted, {summary.not_asked} coded "
        "by people or no job"
    )
    if summary.decisions_left:
        click.echo(f"{summary.decisions_left} further decisions would be needed for all unsure ads")
    if summary.numbered:
        note(
            "These ads have no ids of their own: isco merge takes the decisions in, but a later "
            "isco classify can't tell which ads they were for."
        )
