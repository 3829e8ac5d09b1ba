"""isco status: what is configured, reachable, ingested, and what to do next."""

import json
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note
from isco.core.errors import UnavailableError


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@configuration_options
def command(as_json: bool, **shared: Any) -> int:
    """Say what is configured, reachable and ingested, and what to do next.

    The exit code is 3 unless everything is there that a run needs.
    """
    settings = settings_from(**shared)
    from isco.status import find_status

    status = find_status(settings)
    if as_json:
        click.echo(json.dumps(status.as_dict(), ensure_ascii=False))
    else:
        click.echo(status.as_text())
        if status.notice:
            note(status.notice)
    return 0 if status.ready else UnavailableError.exit_code
