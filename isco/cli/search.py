"""isco search: the neighbours of one text."""

import json
from dataclasses import asdict
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import candidate_table, note
from isco.errors import ConfigError


@click.command("search")
@click.argument("text")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="How many leaves to show.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(text: str, top: int | None, as_json: bool, **shared: Any) -> None:
    """Show the neighbours of one text, such as a job title, in the taxonomy."""
    settings = settings_from(**shared, search__top=top)
    if not text.strip():
        raise ConfigError("the text to search for is empty")
    from isco.embedding import open_embedder
    from isco.records import Profile
    from retriever.pipeline import open_classifier
    from retriever.text import one_line

    classifier = open_classifier(settings, open_embedder(settings.embedding), with_llm=False)
    scores = classifier.searcher.scores([Profile(title=one_line(text), description="")])
    candidates = classifier.searcher.candidates(scores[0], settings.search.top)
    if as_json:
        answer = {
            "text": text,
            "candidates": [asdict(candidate) for candidate in candidates],
            "versions": asdict(classifier.versions),
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(candidate_table(candidates))
    if classifier.notice:
        note(classifier.notice)
