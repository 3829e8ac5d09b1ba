"""isco cache: the answers of language models that are kept."""

import json
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import table


@click.command("cache")
@click.option("--clear", is_flag=True, help="Forget the answers, of --stage or of all stages.")
@click.option(
    "--stage",
    type=click.Choice(["translation", "extraction", "reranking"]),
    help="The stage whose answers are forgotten.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(clear: bool, stage: str | None, as_json: bool, **shared: Any) -> None:
    """Show or clear the answers of language models that are kept.

    They are kept by stage, model, prompt and input: no question is asked twice.
    """
    settings = settings_from(**shared)
    if stage and not clear:
        raise click.UsageError("--stage says what --clear forgets")
    path = settings.answers_path
    from retriever.cache import AnswerCache

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
    click.echo(table(header, rows, (12, 12, 12, 12, 12, 8)) if rows else "no answers are kept")
    click.echo(f"in {path} ({size / 1e6:.1f} MB)")
