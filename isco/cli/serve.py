"""isco serve: the REST interface, and the page on which people decide."""

from pathlib import Path
from typing import Any

import click

from isco.cli.options import configuration_options, settings_from
from isco.cli.terminal import note
from isco.core.errors import UnavailableError


@click.command("serve")
@click.argument("codes", required=False)
@click.option("--ads", metavar="ADS", help="The ads that were classified, to show whole texts.")
@click.option(
    "--below",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="Ask about codes that are less sure than this, and shorter than four digits.",
)
@click.option("--budget", type=click.IntRange(min=1), metavar="N", help="Ask for N decisions.")
@click.option(
    "--desk",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where decisions are kept; by default beside CODES.",
)
@click.option("--host", metavar="ADDRESS", help="Where to listen; by default this machine alone.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="The port; 0 for any.")
@configuration_options
def command(
    codes: str | None,
    ads: str | None,
    below: float,
    budget: int | None,
    desk: Path | None,
    host: str | None,
    port: int | None,
    **shared: Any,
) -> None:
    """Serve the REST interface, and the page on which people decide, until told to end.

    CODES is what isco classify wrote: its unsure ads are the queue of the page. Without it there is
    the REST interface alone.
    """
    settings = settings_from(**shared, serve__host=host, serve__port=port)
    if codes is None and (ads or desk or budget):
        raise click.UsageError("--ads, --budget and --desk go with CODES")
    try:
        from isco.serve.running import DeskAsked, serve
    except ImportError as error:
        raise UnavailableError(
            f"isco serve needs the extra 'serve', as {error.name} is missing: pip install "
            "'isco[serve]'"
        ) from error
    asked = None
    if codes is not None:
        path = desk or Path(codes).with_name(f"{Path(codes).name}.desk.sqlite3")
        asked = DeskAsked(codes, path, ads, below, budget)
    serve(settings, lambda address: note(f"isco serves at {address} (Ctrl-C ends it)"), asked)
