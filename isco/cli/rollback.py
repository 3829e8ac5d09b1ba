"""isco rollback: the way back to the version before."""

import json
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note


@click.command("rollback")
@click.option("--to", metavar="COLLECTION", help="The version of that name, newer ones too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(to: str | None, as_json: bool, **shared: Any) -> None:
    """Put the version that was in use before back into use.

    The alias moves in one operation: searches never find nothing. isco versions lists what there
    is.
    """
    settings = settings_from(**shared)
    from isco.versions import roll_back

    before, after = roll_back(settings, to)
    changed = before.collection != after.collection
    if as_json:
        answer = {"from": before.as_dict(), "to": after.as_dict(), "changed": changed}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if not changed:
        note(f"{after.collection} is in use already; nothing has changed.")
        return
    click.echo(
        f"from  {before.title} ({before.points} points, {before.collection})\n"
        f"to    {after.title} ({after.points} points, {after.collection})"
    )
    models = [f"{version.model}@{version.model_revision}" for version in (before, after)]
    if models[0] != models[1]:
        note(f"Queries need its embedding model now: {models[1]} instead of {models[0]}.")
