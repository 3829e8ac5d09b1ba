"""Does memory grow with the input? The peak of `isco classify` over ever more generated ads.

    python -m benchmarks.memory [ADS] [--sizes 1000,10000,100000] [--data-dir DIR] [--workers N]
        [--repeated 0.3] [--near 0.2] [--json]

JSONL in, JSONL out, the command in a process of its own; its memory and that of its children (RSS,
added up) is looked at ten times a second. `peak_100k_vs_10k` is the ratio of the last two peaks;
other sizes give it another name. Where reading the taxonomy takes more than the run, the peak lies
at the start and growth would hide below it: so the median of the run's last seconds is told too,
and growth for each ad is by that. After the last run the same command is given again with --resume:
that is what going on costs.

All of the real path is run but the computing of vectors: benchmarks/stand_in.py loads the model and
draws them at random, or 100,000 ads would take hours. So the peaks leave out what the model needs
while it computes, which depends on the longest text and not on how many there are; they have all
that could grow: reading, chunks, what is kept of texts and vectors, the summary, writing, resuming.
An LLM's cache is a file and is not asked here.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click
import psutil

from benchmarks.generated_ads import EXAMPLES, AdGenerator, Mix, read_source, write_ads
from benchmarks.installation import arguments, environment, workplace
from benchmarks.machine import description
from isco.core.errors import UnavailableError

STAND_IN = (sys.executable, "-m", "benchmarks.stand_in")
_PAUSE = 0.1
_LAST = 30
_MIB = 2**20


@dataclass(frozen=True)
class Watched:
    """Memory of a command and its children in MiB, at its peak and towards its end; its seconds."""

    peak: float
    end: float
    seconds: float


def watch(command: Sequence[str]) -> Watched:
    """Run a command to its end. Raises UnavailableError when it fails."""
    started = time.perf_counter()
    seen: list[int] = []
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment()
    ) as process:
        top = psutil.Process(process.pid)
        while process.poll() is None:
            seen.append(_resident(top))
            time.sleep(_PAUSE)
        said = process.stderr.read().decode() if process.stderr else ""
    if process.returncode:
        raise UnavailableError(f"isco ended with {process.returncode}: {' '.join(said.split())}")
    # The very last look may meet a process that is taking itself down.
    last = median(seen[-_LAST:-2] or seen)
    return Watched(max(seen) / _MIB, last / _MIB, time.perf_counter() - started)


def _resident(top: psutil.Process) -> int:
    total = 0
    try:
        for process in (top, *top.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
    return total


def _short(number: int) -> str:
    return f"{number // 1000}k" if number % 1000 == 0 else str(number)


@click.command()
@click.argument("ads", default=EXAMPLES, type=click.Path(path_type=Path, exists=True))
@click.option("--sizes", default="1000,10000,100000", show_default=True, help="Numbers of ads.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--workers", type=int, help="Worker processes; none of its own by default.")
@click.option("--repeated", default=Mix.repeated, show_default=True, help="Share of repeats.")
@click.option("--near", default=Mix.near, show_default=True, help="Share of near repeats.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    ads: Path, sizes: str, data_dir: Path | None, workers: int | None, repeated: float, near: float,
    as_json: bool,
) -> None:  # fmt: skip
    """Print the peak memory for each number of ads, and how it grows."""
    numbers = [int(size) for size in sizes.split(",")]
    generator = AdGenerator(read_source(ads), Mix(repeated, near))
    setting = ("--set", f"classify.workers={workers}") if workers else ()
    found: dict[str, Watched] = {}
    with workplace(data_dir) as (data, scratch):
        output = scratch / "codes.jsonl"
        for number in numbers:
            generated = scratch / f"{number}.jsonl"
            write_ads(generated, generator, number)
            words = ("classify", str(generated), "-o", str(output), *setting)
            found[str(number)] = watch([*STAND_IN, *arguments(data, *words, "--no-resume")])
        again = [*STAND_IN, *arguments(data, *words, "--resume")]
        found[f"{numbers[-1]} again"] = watch(again)
    figures: dict[str, Any] = {
        "peak_mib": {name: watched.peak for name, watched in found.items()},
        "end_mib": {name: watched.end for name, watched in found.items()},
        "seconds": {name: watched.seconds for name, watched in found.items()},
        "workers": workers,
    }
    if len(numbers) > 1:
        few, many = numbers[-2:]
        ratio = f"peak_{_short(many)}_vs_{_short(few)}"
        figures[ratio] = found[str(many)].peak / found[str(few)].peak
        more = found[str(many)].end - found[str(few)].end
        figures["bytes_an_ad"] = more * _MIB / (many - few)
    figures["machine"] = description()
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, watched in found.items():
        click.echo(
            f"{name + ' ads':<18} {watched.peak:8.0f} MiB at the peak, {watched.end:.0f} MiB at "
            f"the end, {watched.seconds:.0f} s"
        )
    if len(numbers) > 1:
        click.echo(f"{ratio} {figures[ratio]:.3f}")
        click.echo(f"more for each ad: {figures['bytes_an_ad']:.0f} bytes")


if __name__ == "__main__":
    main()
