"""isco versions: what is stored, and which is in use."""

import json
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note
from isco.core.printable import printable
from isco.tables import table


@click.command("versions")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(as_json: bool, **shared: Any) -> None:
    """List the versions of the taxonomy that are stored, and which is in use."""
    settings = settings_from(**shared)
    from isco.taxonomy_versions import find_versions

    versions = find_versions(settings)
    if as_json:
        answer = {"alias": settings.qdrant.alias, "versions": [v.as_dict() for v in versions]}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if not versions:
        note("No taxonomy has been ingested: run isco ingest.")
        return
    rows = [
        (
            "→" if version.in_use else "",
            " ".join(filter(None, (version.taxonomy, version.version))) or "?",
            version.language or "?",
            version.model or "?",
            version.date,
            str(version.points),
            "in use" if version.in_use else version.state,
            version.collection,
        )
        for version in versions
    ]
    header = ("", "taxonomy", "lang", "model", "made (UTC)", "points", "state", "collection")
    click.echo(table(header, rows, (1, 24, 11, 40, 16, 8, 10, 120)))
    for version in versions:
        for name, titles in version.lists.items():
            click.echo(printable(f"{version.collection} has {titles} titles of the list {name}"))
