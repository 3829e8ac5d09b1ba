"""isco ingest: a taxonomy into Qdrant."""

import json
from pathlib import Path
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import Bar, note
from isco.config import Settings


@click.command("ingest")
@click.option("--source", metavar="PATH|starter", help="Folder or zip of an ESCO CSV download.")
@click.option("--language", metavar="CODE", help="Language of labels and descriptions.")
@click.option("--force", is_flag=True, help="Build a new collection though nothing has changed.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@configuration_options
def command(
    source: str | None, language: str | None, force: bool, as_json: bool, **shared: Any
) -> None:
    """Load a taxonomy into Qdrant and put it into use.

    The new collection is built aside and verified; searches go on in the old one until the last
    step. Texts that were embedded before are not embedded again.
    """
    settings = settings_from(**shared, taxonomy__source=source, taxonomy__language=language)
    from ingest.load import ingest
    from isco.embedding import open_embedder

    with Bar() as bar:
        summary = ingest(settings, settings.taxonomy.source, open_embedder, bar, force)
    if as_json:
        click.echo(json.dumps(summary.as_dict(), ensure_ascii=False))
        return
    for warning, count in summary.warnings.items():
        note(f"warning: {count} × {warning}")
    if summary.unchanged:
        note("Nothing has changed since the last ingest; --force builds the collection anew.")
    click.echo(
        f"taxonomy    {summary.taxonomy}\n"
        f"leaves      {summary.leaves} ({summary.points} searchable concepts)\n"
        f"labels      {summary.labels}\n"
        f"unit groups {summary.codes} of 436 reached\n"
        f"texts       {summary.embedded} embedded, {summary.reused} reused\n"
        f"time        {summary.seconds:.1f} s\n"
        f"collection  {summary.collection}\n"
        f"in          {_place(settings)}"
    )
    if summary.notice:
        note(summary.notice)


def _place(settings: Settings) -> str:
    if settings.qdrant.mode == "server":
        return f"{settings.qdrant.url.rstrip('/')}/dashboard#/collections"
    if settings.qdrant.mode == "memory":
        return "memory, gone when this command ends"
    return str(Path(settings.qdrant_path).resolve())
