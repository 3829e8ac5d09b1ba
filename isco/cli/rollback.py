"""isco rollback: the way back to the version before."""

import json
from typing import TYPE_CHECKING, Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note

if TYPE_CHECKING:
    from isco.taxonomy_versions import Version


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
    from isco.taxonomy_versions import roll_back

    before, after = roll_back(settings, to)
    changed = before is None or before.collection != after.collection
    if as_json:
        told = before.as_dict() if before else None
        answer = {"from": told, "to": after.as_dict(), "changed": changed}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if not changed:
        note(f"{after.collection} is in use already; nothing has changed.")
        return
    click.echo(f"from  {_line(before) if before else 'nothing'}\nto    {_line(after)}")
    if before and before.embedding != after.embedding:
        note(f"Queries need its embedding model now: {after.embedding}, not {before.embedding}.")


def _line(version: "Version") -> str:
    return f"{version.title} ({version.points} points, {version.collection})"
