"""Try to lose rows, on purpose and by the thousand, and print what was lost.

    python -m tests.campaign [--part NAME]... [--rows 10000] [--kills 25] [--ray-kills 3]
        [--minutes 30] [--seed 1]

Kinds: hostile rows in every format, SIGKILL at random moments of ingest, classify (plain, with
workers, on Ray) and learn, and the ways in which an LLM server fails. When the minutes are over no
further kill begins; the table says how many there were.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import click

from tests.campaign.hostile import hostile_files
from tests.campaign.kills import Limits, kill_classify, kill_ingest, kill_learn, kill_ray, prepare
from tests.campaign.llm import failing_servers
from tests.campaign.outcome import Outcome, table

PARTS = ("rows", "llm", "classify", "workers", "ingest", "learn", "ray")


@click.command()
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), help="Only these.")
@click.option("--rows", default=10_000, show_default=True, help="Hostile rows, over all formats.")
@click.option("--kills", default=25, show_default=True, help="Kills of each kind.")
@click.option("--ray-kills", default=3, show_default=True, help="Kills with Ray, which are slow.")
@click.option("--minutes", default=30.0, show_default=True, help="When the last kill begins.")
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--starter",
    type=click.Path(path_type=Path, exists=True),
    help="A data folder with the starter taxonomy, for Ray; ingested if there is none.",
)
def main(
    parts: tuple[str, ...], rows: int, kills: int, ray_kills: int, minutes: float, seed: int,
    starter: Path | None,
) -> None:  # fmt: skip
    """Try to lose rows, and print what was lost."""
    wanted = parts or PARTS
    folder = Path(tempfile.mkdtemp(prefix="isco-campaign-"))
    limits = Limits(kills, time.monotonic() + 60 * minutes)
    outcomes: list[Outcome] = []
    try:
        if "rows" in wanted:
            outcomes += hostile_files(folder, rows, seed)
        if "llm" in wanted:
            outcomes.append(failing_servers(folder))
        if set(wanted) & {"classify", "workers", "ingest", "learn", "ray"}:
            place = prepare(folder, seed)
            if "classify" in wanted:
                outcomes.append(kill_classify(place, limits))
            if "ingest" in wanted:
                outcomes.append(kill_ingest(place, limits))
            if "learn" in wanted:
                outcomes.append(kill_learn(place, limits))
            if "workers" in wanted:
                outcomes.append(kill_classify(place, limits, workers=2))
            if "ray" in wanted:
                outcomes.append(kill_ray(place, starter, Limits(ray_kills, limits.end)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table(outcomes))
    sys.exit(any(outcome.lost for outcome in outcomes))


if __name__ == "__main__":
    main()
