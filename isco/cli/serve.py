"""isco serve: the REST interface, and the page on which people decide."""

from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note
from isco.core.errors import UnavailableError


@click.command("serve")
@click.option(
    "--host",
    metavar="ADDRESS",
    help="Where to listen; others than this machine's own need a token.",
)
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="The port; 0 for any.")
@configuration_options
def command(host: str | None, port: int | None, **shared: Any) -> None:
    """Serve the REST interface, and the page on which people decide, until told to end."""
    settings = settings_from(**shared, serve__host=host, serve__port=port)
    try:
        from isco.serve.running import serve
    except ImportError as error:
        raise UnavailableError(
            f"isco serve needs the extra 'serve', as {error.name} is missing: pip install "
            "'isco[serve]'"
        ) from error
    serve(settings, lambda address: note(f"isco serves at {address} (Ctrl-C ends it)"))
