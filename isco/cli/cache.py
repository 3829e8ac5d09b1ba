"""isco cache: what is stored to be quick: answers of language models, and the taxonomy as read."""

import json
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.tables import table


@click.command("cache")
@click.option(
    "--clear", is_flag=True, help="Forget the answers of --stage, or all and the snapshots."
)
@click.option(
    "--stage",
    type=click.Choice(["translation", "extraction", "reranking"]),
    help="The stage whose answers are forgotten.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(clear: bool, stage: str | None, as_json: bool, **shared: Any) -> None:
    """Show or clear the answers of language models that are stored.

    They are stored by stage, model, prompt and input: no question is asked twice. Snapshots of what
    was read from the embedded Qdrant are stored as well; without them it is read again.
    """
    settings = settings_from(**shared)
    if stage and not clear:
        raise click.UsageError("--stage says what --clear forgets")
    path = settings.answers_path
    from isco.retriever.llm.answer_cache import AnswerCache
    from isco.retriever.searching.snapshot import clear_snapshots, snapshots_size

    if clear and not stage:
        clear_snapshots(settings)
    snapshots = snapshots_size(settings)
    stages, cleared = [], 0
    if path.exists():
        with AnswerCache(path) as cache:
            cleared = cache.clear(stage) if clear else 0
            stages = cache.stages()
    size = path.stat().st_size if path.exists() else 0
    if as_json:
        content = {
            "path": str(path),
            "bytes": size,
            "cleared": cleared,
            "stages": [found.as_dict() for found in stages],
            "snapshots": {"path": str(settings.snapshots_path), "bytes": snapshots},
        }
        click.echo(json.dumps(content))
        return
    if clear:
        click.echo(f"{cleared} answers forgotten")
    rows = [
        (
            s.stage,
            str(s.answers),
            str(s.characters),
            str(s.hits),
            str(s.misses),
            f"{s.hit_rate:.1%}",
        )
        for s in stages
    ]
    header = ("stage", "answers", "characters", "hits", "misses", "hit rate")
    click.echo(table(header, rows, (12, 12, 12, 12, 12, 8)) if rows else "no answers are stored")
    click.echo(f"in {path} ({size / 1e6:.1f} MB)")
    click.echo(f"snapshots of the taxonomy in {settings.snapshots_path} ({snapshots / 1e6:.1f} MB)")
