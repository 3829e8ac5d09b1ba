"""isco status: what is configured, reachable, ingested, and what to do next."""

import json
from dataclasses import asdict
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(as_json: bool, **shared: Any) -> None:
    """Say what is configured, reachable and ingested, and what to do next."""
    settings = settings_from(**shared)
    from isco.retriever.llm_stages import find_llm_status
    from isco.status import find_status

    status, llm = find_status(settings), find_llm_status(settings)
    if as_json:
        content = {**status.as_dict(), "llm": asdict(llm)}
        content["ready"] = status.ready and llm.problem is None
        click.echo(json.dumps(content, ensure_ascii=False))
        return
    *facts, next_step = status.as_text().splitlines()
    facts.append(f"LLM         {llm.choice}")
    if llm.problem:
        facts.append(f"problem     {llm.problem}")
    click.echo("\n".join((*facts, next_step)))
    if status.notice:
        note(status.notice)
