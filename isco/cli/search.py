"""isco search: the neighbours of one text."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note
from isco.coder import Coder
from isco.core.records import Candidate, Versions
from isco.tables import candidate_table


@click.command("search")
@click.argument("text", required=False)
@click.option("--ad", metavar="ID", help="Instead of a text, an ad stored by classify --store-ads.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="How many leaves to show.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(
    text: str | None, ad: str | None, top: int | None, as_json: bool, **shared: Any
) -> None:
    """Show the neighbours of one text, such as a job title, in the taxonomy."""
    settings = settings_from(**shared, search__top=top)
    if (text is None) == (ad is None):
        raise click.UsageError("give either a TEXT or --ad ID")
    if ad is not None:
        from isco.retriever.searching.similar_leaves import similar_leaves

        found = similar_leaves(settings, ad)
        _show({"ad": ad}, found.candidates, found.versions, found.notice, as_json)
        return
    near = Coder(settings).search(text or "")
    _show({"text": near.text}, near, near.versions, near.notice, as_json)


def _show(
    asked: dict[str, str],
    candidates: Sequence[Candidate],
    versions: Versions,
    notice: str | None,
    as_json: bool,
) -> None:
    if as_json:
        answer = {
            **asked,
            "candidates": [asdict(candidate) for candidate in candidates],
            "versions": asdict(versions),
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(candidate_table(candidates))
    if notice:
        note(notice)
