"""isco export: what people should code, as tasks for another tool."""

import json
from pathlib import Path
from typing import Any

import click

from isco.cli.options import asking_options, configuration_options, settings_from


@click.command("export")
@click.argument("codes")
@click.option(
    "--to", type=click.Choice(["label-studio"]), required=True, help="The tool that is used."
)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the labelling configuration and the tasks.",
)
@asking_options
@click.option("--overwrite", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(
    codes: str,
    to: str,
    output: Path,
    budget: int | None,
    below: float,
    random_share: float,
    seed: int,
    overwrite: bool,
    as_json: bool,
    **shared: Any,
) -> None:
    """Hand the ads that people should code to another tool.

    CODES is what isco classify wrote. What is coded there, exported as JSON, goes back into isco
    learn and isco merge as a sheet does.
    """
    settings = settings_from(**shared)
    from isco.review.exporting import CONFIGURATION, TASKS, export_to_label_studio
    from isco.review.sheets import Asked

    asked = Asked(below, budget, random_share, seed)
    summary = export_to_label_studio(settings, codes, output, asked, overwrite)
    if as_json:
        click.echo(json.dumps({"to": to, **summary.as_dict()}))
        return
    click.echo(
        f"{output}: {summary.rows} tasks for {summary.ads} ads, {summary.random_rows} of them on "
        "accepted ads drawn at random"
    )
    click.echo(
        f"{CONFIGURATION} is the labelling configuration of the project, {TASKS} what is imported"
    )
