"""Try to lose rows, on purpose and by the thousand, and print what was lost.

    python -m tests.campaign [--part NAME]... [--rows 10000] [--orders 500] [--kills 20]
        [--ray-kills 3] [--minutes 30] [--journal FILE] [--seed 1]

Kinds: hostile rows in every format; orders to the machine, without an LLM, and with one that obeys;
the ways in which an LLM server fails; FIFOs, closed streams, folders that can't be written; SIGKILL
at random moments of ingest, classify (plain, from and to Parquet, with workers, on Ray) and learn,
SIGHUP of classify; a Qdrant server that dies in the middle of an ingest. When the minutes are over
no further kill begins; the table says how many there were. With a journal the next campaign goes on
with the kills where this one was ended.
"""

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from tests.campaign.hostile import hostile_files
from tests.campaign.kills import kill_classify, kill_ingest, kill_learn, kill_ray
from tests.campaign.llm import failing_servers
from tests.campaign.orders import orders
from tests.campaign.outcome import Journal, Outcome, table
from tests.campaign.place import Limits, Place, prepare
from tests.campaign.server_dies import server_dies
from tests.campaign.streams import odd_files

KILLS: dict[str, Callable[[Place, Limits], Outcome]] = {
    "classify": kill_classify,
    "parquet": lambda place, limits: kill_classify(place, limits, form="parquet"),
    "hangup": lambda place, limits: kill_classify(place, limits, by=signal.SIGHUP),
    "ingest": kill_ingest,
    "learn": kill_learn,
    "server": server_dies,
    "workers": lambda place, limits: kill_classify(place, limits, workers=2),
}
PARTS = ("rows", "orders", "llm", "files", *KILLS, "ray")


@click.command()
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), help="Only these.")
@click.option("--rows", default=10_000, show_default=True, help="Hostile rows, over all formats.")
@click.option("--orders", "ordered", default=500, show_default=True, help="Ads that give orders.")
@click.option("--kills", default=20, show_default=True, help="Kills of each kind.")
@click.option("--ray-kills", default=3, show_default=True, help="Kills with Ray, which are slow.")
@click.option("--minutes", default=30.0, show_default=True, help="When the last kill begins.")
@click.option("--journal", type=click.Path(path_type=Path), help="Kills so far, which count.")
@click.option("--seed", default=1, show_default=True)
def main(
    parts: tuple[str, ...], rows: int, ordered: int, kills: int, ray_kills: int, minutes: float,
    journal: Path | None, seed: int,
) -> None:  # fmt: skip
    """Try to lose rows, and print what was lost."""
    wanted = parts or PARTS
    folder = Path(tempfile.mkdtemp(prefix="isco-campaign-"))
    limits = Limits(kills, time.monotonic() + 60 * minutes, Journal(journal))
    outcomes: list[Outcome] = []
    try:
        if "rows" in wanted:
            outcomes += hostile_files(folder, rows, seed)
        if "orders" in wanted:
            outcomes += orders(folder, ordered, seed)
        if "llm" in wanted:
            outcomes.append(failing_servers(folder))
        if {"files", "ray", *KILLS} & set(wanted):
            place = prepare(folder, seed)
            if "files" in wanted:
                outcomes.append(odd_files(place))
            outcomes += [kill(place, limits) for part, kill in KILLS.items() if part in wanted]
            if "ray" in wanted:
                outcomes.append(kill_ray(place, replace(limits, tries=ray_kills)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table(outcomes))
    sys.exit(any(outcome.lost for outcome in outcomes))


if __name__ == "__main__":
    main()
