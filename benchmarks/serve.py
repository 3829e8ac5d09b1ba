"""How quick is the service with many clients, and how much of the command line's speed has REST?

    python -m benchmarks.serve [ADS] [--clients 50] [--seconds 60] [--number 4000] [--batch 100]
        [--data-dir DIR] [--threads 1] [--json]

`isco serve` runs in a process of its own, on loopback. First --clients send one ad each, and the
next as soon as they have the answer, for --seconds: `p50` and `p95` are seconds to an answer,
`ads_per_second` all of them together, `errors` answers other than 200. Then --number generated ads
go through a run as `isco classify` makes it, from file to file, and through REST in JSON documents
of --batch ads, four under way at once. The two take turns, a slice each, so that what else the
machine does meets both alike; `rest_vs_command` is REST's ads a second by the run's, and
`rest_vs_command_cpu` the same by the CPU seconds of the service and of the run, where the system
tells those of other processes in /proc.
"""

import asyncio
import json
import math
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any

import click
import httpx

from benchmarks.generated_ads import EXAMPLES, AdGenerator, read_source, write_ads
from benchmarks.installation import ENTRY, arguments, environment, workplace
from benchmarks.machine import description
from isco.core.config import load_settings
from isco.core.errors import UnavailableError
from isco.retriever.reading.text_files import read_ads
from isco.retriever.running.opening import open_run, predictions
from isco.retriever.running.run import Run

SLICE = 400
_AT_ONCE = 4
_PATIENCE = 300.0


@contextmanager
def served(data_dir: Path, threads: int, clients: int) -> Iterator[tuple[str, int]]:
    """The address of a service on that data folder, and the id of its process."""
    words = ["serve", "--port", "0", "--set", f"serve.per_client={clients + _AT_ONCE}",
             "--set", f"serve.timeout={_PATIENCE}"]  # fmt: skip
    command = [*ENTRY, *arguments(data_dir, *words, threads=threads)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment(threads))
    try:
        assert process.stderr
        said = process.stderr.readline()
        if "http://" not in said:
            raise UnavailableError(f"isco serve did not start: {said}")
        yield said.split("serves at ")[1].split()[0], process.pid
    finally:
        process.terminate()
        process.wait()


def cpu_seconds(pid: int) -> float:
    """What a process has taken of the CPU so far; NaN where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.nan
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def clients_at(
    address: str, ads: Sequence[dict[str, Any]], clients: int, seconds: float
) -> dict[str, Any]:
    """What so many clients met, each with one ad at a time."""
    times: list[float] = []
    errors = 0
    numbers = count()
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=_PATIENCE) as client:
        began = time.perf_counter()

        async def one_client() -> None:
            nonlocal errors
            while time.perf_counter() - began < seconds:
                ad = ads[next(numbers) % len(ads)]
                start = time.perf_counter()
                answer = await client.post("/v1/classify", json=ad)
                times.append(time.perf_counter() - start)
                errors += answer.status_code != 200

        await asyncio.gather(*(one_client() for _ in range(clients)))
        took = time.perf_counter() - began
    cut = quantiles(times, n=20)
    return {
        "clients": clients,
        "requests": len(times),
        "errors": errors,
        "p50": cut[9],
        "p95": cut[18],
        "ads_per_second": len(times) / took,
    }


async def in_batches(address: str, ads: Sequence[dict[str, Any]], batch: int) -> float:
    """Seconds for all of `ads` in documents of `batch`, a few under way at once."""
    free = asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(base_url=address, timeout=_PATIENCE) as client:

        async def send(some: Sequence[dict[str, Any]]) -> None:
            async with free:
                (await client.post("/v1/classify", json=some)).raise_for_status()

        began = time.perf_counter()
        starts = range(0, len(ads), batch)
        await asyncio.gather(*(send(ads[start : start + batch]) for start in starts))
        return time.perf_counter() - began


def against_command(
    address: str,
    pid: int,
    lines: Sequence[bytes],
    batch: int,
    data_dir: Path,
    threads: int,
    scratch: Path,
) -> dict[str, Any]:
    """Ads a second of both over the same ads, slice by slice in turns."""
    flags = {"data_dir": data_dir, "llm.backend": "none", "embedding.threads": threads}
    settings = load_settings(environment={}, flags=flags)
    seconds, cpu = {"command": 0.0, "rest": 0.0}, {"command": 0.0, "rest": 0.0}
    with open_run(settings, predictions) as run:
        first = scratch / "first.jsonl"
        first.write_bytes(lines[0])
        list(run.executor.run([list(read_ads(str(first), settings.input))]))
        for start in range(0, len(lines), SLICE):
            piece = scratch / f"slice-{start}.jsonl"
            piece.write_bytes(b"".join(lines[start : start + SLICE]))
            began, used = time.perf_counter(), time.process_time()
            rows = read_ads(str(piece), settings.input)
            job = Run(rows, run.executor, run.identity, settings.classify.chunk)
            job.to_file(piece.with_suffix(".codes.jsonl"), "jsonl", False)
            seconds["command"] += time.perf_counter() - began
            cpu["command"] += time.process_time() - used
            ads = [json.loads(line) for line in lines[start : start + SLICE]]
            used = cpu_seconds(pid)
            seconds["rest"] += asyncio.run(in_batches(address, ads, batch))
            cpu["rest"] += cpu_seconds(pid) - used
    rates = {name: len(lines) / taken for name, taken in seconds.items()}
    return {
        "ads_per_second_command": rates["command"],
        "ads_per_second_rest": rates["rest"],
        "rest_vs_command": rates["rest"] / rates["command"],
        "rest_vs_command_cpu": cpu["command"] / cpu["rest"],
    }


@click.command()
@click.argument("ads", default=EXAMPLES, type=click.Path(path_type=Path, exists=True))
@click.option("--clients", default=50, show_default=True, help="With one ad each at a time.")
@click.option("--seconds", default=60.0, show_default=True, help="For which they send.")
@click.option("--number", default=4000, show_default=True, help="Ads through both ways.")
@click.option("--batch", default=100, show_default=True, help="Ads in one document.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--threads", default=1, show_default=True, help="CPU threads of the embedding.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    ads: Path, clients: int, seconds: float, number: int, batch: int, data_dir: Path | None,
    threads: int, as_json: bool,
) -> None:  # fmt: skip
    """Print how quick the service is, and its speed by the command line's."""
    generator = AdGenerator(read_source(ads))
    with workplace(data_dir) as (data, scratch):
        generated = scratch / "ads.jsonl"
        write_ads(generated, generator, 2 * number)
        lines = generated.read_bytes().splitlines(keepends=True)
        with served(data, threads, clients) as (address, _):
            others = [json.loads(line) for line in lines[number:]]
            found = asyncio.run(clients_at(address, others, clients, seconds))
        # Another one, that has kept no vectors of what those clients asked.
        with served(data, threads, clients) as (address, pid):
            given = lines[:number]
            found |= against_command(address, pid, given, batch, data, threads, scratch)
    if as_json:
        print(json.dumps({"machine": description(), **found}))
        return
    print(f"{clients} clients with one ad at a time, for {seconds:.0f} s")
    print(f"  {found['requests']} requests, {found['errors']} errors")
    print(f"  {found['p50']:.2f} s at the median, {found['p95']:.2f} s for 95%")
    print(f"  {found['ads_per_second']:.1f} ads a second")
    print(f"{number} ads in documents of {batch}, beside the same in a run from file to file")
    print(f"  REST {found['ads_per_second_rest']:.1f} ads a second, the run "
          f"{found['ads_per_second_command']:.1f}")  # fmt: skip
    print(f"  REST by the run: {found['rest_vs_command']:.2f}; in CPU seconds "
          f"{found['rest_vs_command_cpu']:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
