"""Run benchmarks: all of them, or those that are named.

    python -m benchmarks [NAME...] [--list] [--data-dir DIR] [--ads FILE] [--labelled FILE]...
        [--source PATH] [--language en] [--json]

Without options they meet the starter taxonomy, ingested once for all, and ads generated of
examples/ads.jsonl, in sizes that are done within minutes; --data-dir is an ingested ESCO, --ads a
file that ads are generated from. Those on labelled ads need --labelled and --data-dir. What can't
run here is skipped with the reason. Each runs in a process of its own; with --json all that they
found is one JSON object by name, with the machine that it was found on.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from benchmarks.catalogue import BENCHMARKS, Benchmark, Given
from benchmarks.installation import environment, workplace
from benchmarks.machine import description


def run(benchmark: Benchmark, given: Given, as_json: bool) -> dict[str, Any]:
    """What it found, or, when it failed, what it said; as text it is shown as it comes."""
    command = [sys.executable, "-m", f"benchmarks.{benchmark.name}", *benchmark.arguments(given)]
    if not as_json:
        status = subprocess.run(command, env=environment()).returncode
        return {"failed": f"it ended with {status}"} if status else {}
    done = subprocess.run(
        [*command, "--json"], stdout=subprocess.PIPE, text=True, env=environment()
    )
    if done.returncode:
        return {"failed": f"it ended with {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout)
    found.pop("machine", None)
    return found


def is_installed(program: str) -> bool:
    """Whether a program is beside this Python or on the path."""
    return bool(shutil.which(program, path=sysconfig.get_path("scripts")) or shutil.which(program))


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([b.name for b in BENCHMARKS]))
@click.option("--list", "listing", is_flag=True, help="Say what there is, and run nothing.")
@click.option("--data-dir", type=click.Path(path_type=Path, exists=True), help="An ingested ESCO.")
@click.option("--ads", type=click.Path(path_type=Path, exists=True), help="Ads to generate from.")
@click.option("--labelled", multiple=True, type=click.Path(path_type=Path, exists=True))
@click.option("--source", help="A taxonomy's source, for ingest_speed.")
@click.option("--language", default="en", show_default=True, help="Of the source.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    names: tuple[str, ...], listing: bool, data_dir: Path | None, ads: Path | None,
    labelled: tuple[Path, ...], source: str | None, language: str, as_json: bool,
) -> None:  # fmt: skip
    """Run benchmarks and show what they find."""
    chosen = [b for b in BENCHMARKS if b.name in names or not names]
    if listing:
        for benchmark in chosen:
            click.echo(f"{benchmark.name:<20} {benchmark.tells}")
        return
    found: dict[str, Any] = {"machine": description()}
    given = Given(data_dir or Path(), data_dir is not None, ads, labelled, source, language)
    possible: list[Benchmark] = []
    for benchmark in chosen:
        program = benchmark.program
        reason = benchmark.missing(given, program is None or is_installed(program))
        if reason:
            found[benchmark.name] = {"skipped": reason}
            click.echo(f"{benchmark.name}: skipped, {reason}", err=as_json)
        else:
            possible.append(benchmark)
    if possible:
        found |= _run_all(possible, given, as_json)
    if as_json:
        click.echo(json.dumps(found))
    sys.exit(any("failed" in result for result in found.values()))


def _run_all(benchmarks: list[Benchmark], given: Given, as_json: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    needed = any("data_dir" in benchmark.takes for benchmark in benchmarks)
    with workplace(given.data_dir if given.esco or not needed else None) as (data, _):
        given = replace(given, data_dir=data)
        for benchmark in benchmarks:
            click.echo(f"\n== {benchmark.name}: {benchmark.tells}", err=as_json)
            found[benchmark.name] = run(benchmark, given, as_json)
            if problem := found[benchmark.name].get("failed"):
                click.echo(f"{benchmark.name}: {problem}", err=True)
    return found


if __name__ == "__main__":
    main()
