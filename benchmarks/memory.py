"""Does memory grow with the input? The peak of `isco classify` over ever more generated ads.

    python -m benchmarks.memory [ADS] [--sizes 1000,10000,100000] [--data-dir DIR] [--workers N]
        [--repeated 0.3] [--near 0.2] [--json]

JSONL in, JSONL out, the command in a process of its own; its memory and that of its children (RSS,
added up) is looked at ten times a second. `peak_100k_vs_10k` is the ratio of the last two peaks;
other sizes give it another name. After the last run the same command is given again with --resume:
that is what going on costs.

All of the real path is run but the embedding model: benchmarks/stand_in.py stands in for it, or
100,000 ads would take hours. So the peaks leave out the model's weights and buffers, which do not
depend on how many ads there are (about 120 MiB for the bundled one), but for the longest text; they
have everything that could grow: reading, chunks, what is kept of texts and vectors, the summary,
writing, resuming. An LLM's cache is a file and is not asked here.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import psutil

from benchmarks.generated_ads import EXAMPLES, AdGenerator, Mix, read_source, write_ads
from benchmarks.installation import arguments, environment, workplace
from benchmarks.machine import description
from isco.errors import UnavailableError

STAND_IN = (sys.executable, "-m", "benchmarks.stand_in")
_PAUSE = 0.1
_MIB = 2**20


def peak(command: Sequence[str]) -> tuple[float, float]:
    """Peak memory of a command and its children in MiB, and its seconds. It must succeed."""
    started, highest = time.perf_counter(), 0
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment()
    ) as process:
        top = psutil.Process(process.pid)
        while process.poll() is None:
            highest = max(highest, _resident(top))
            time.sleep(_PAUSE)
        said = process.stderr.read().decode() if process.stderr else ""
    if process.returncode:
        raise UnavailableError(f"isco ended with {process.returncode}: {' '.join(said.split())}")
    return highest / _MIB, time.perf_counter() - started


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
    peaks: dict[str, float] = {}
    seconds: dict[str, float] = {}
    with workplace(data_dir) as (data, scratch):
        output = scratch / "codes.jsonl"
        for number in numbers:
            generated = scratch / f"{number}.jsonl"
            write_ads(generated, generator, number)
            words = ("classify", str(generated), "-o", str(output), *setting)
            command = [*STAND_IN, *arguments(data, *words, "--no-resume")]
            peaks[str(number)], seconds[str(number)] = peak(command)
        again = f"{numbers[-1]} again"
        command = [*STAND_IN, *arguments(data, *words, "--resume")]
        peaks[again], seconds[again] = peak(command)
    figures: dict[str, Any] = {"peak_mib": peaks, "seconds": seconds, "workers": workers}
    if len(numbers) > 1:
        few, many = numbers[-2:]
        more = peaks[str(many)] - peaks[str(few)]
        ratio = f"peak_{_short(many)}_vs_{_short(few)}"
        figures[ratio] = peaks[str(many)] / peaks[str(few)]
        figures["bytes_an_ad"] = more * _MIB / (many - few)
    figures["machine"] = description()
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, mib in peaks.items():
        click.echo(f"{name + ' ads':<18} {mib:8.0f} MiB {seconds[name]:8.0f} s")
    if len(numbers) > 1:
        click.echo(f"{ratio} {figures[ratio]:.3f}")
        click.echo(f"more for each ad: {figures['bytes_an_ad']:.0f} bytes")


if __name__ == "__main__":
    main()
