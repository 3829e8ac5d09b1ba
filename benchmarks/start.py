"""What does a command cost before it does anything: `isco search`, and `isco classify` of one ad.

    python -m benchmarks.start [ADS] [--data-dir DIR] [--rounds 3] [--json]

Commands in processes of their own, the taxonomy and the model kept from an earlier one, one thread.
CPU seconds, the least of --rounds, since a busy machine only adds; `peak` is the largest resident
memory, with the pages of files that other processes share.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from benchmarks.generated_ads import EXAMPLES, AdGenerator, read_source, write_ads
from benchmarks.installation import spent_by, workplace
from benchmarks.machine import description


@dataclass(frozen=True)
class Start:
    """CPU seconds and MiB of one command."""

    cpu: float
    peak: float


@click.command()
@click.argument("ads", default=EXAMPLES, type=click.Path(path_type=Path, exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--rounds", default=3, show_default=True, help="Of which the least counts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(ads: Path, data_dir: Path | None, rounds: int, as_json: bool) -> None:
    """Print the CPU seconds and the peak of either command."""
    with workplace(data_dir) as (data, scratch):
        one = scratch / "one.jsonl"
        write_ads(one, AdGenerator(read_source(ads)), 1)
        classify = ("classify", str(one), "-o", str(scratch / "codes.jsonl"), "--no-resume")
        found: dict[str, Start] = {}
        for words in (("search", "nurse"), classify):
            spent_by(data, *words)
            every = [spent_by(data, *words) for _ in range(rounds)]
            found[words[0]] = Start(
                min(each.cpu for each in every), max(each.peak for each in every)
            )
    if as_json:
        figures = {name: asdict(start) for name, start in found.items()}
        click.echo(json.dumps({**figures, "machine": description()}))
        return
    for name, start in found.items():
        click.echo(f"{name:<9} {start.cpu:6.2f} s of CPU {start.peak:6.0f} MiB at the peak")


if __name__ == "__main__":
    main()
