"""Does an ingest arrive at a server that takes little at a time, and how large are its requests?

    python -m benchmarks.server_upload [--source starter|PATH] [--language en] [--megabytes MB]
        [--points N] [--json]

The tests' double of a Qdrant server, in this process, is given a whole ingest over REST, and stores
it. It refuses bodies over --megabytes, and more than --points in one request where even collections
without strict mode are held to it. Vectors are drawn at random by the hash of the text, so that
nothing is embedded. `refused` are requests that it refused for their bytes, `in_parts` those with a
further vector of a point that was too large by itself, `largest_mb` the largest body that it took.
An ingest that does not arrive whole ends with an error.
"""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from benchmarks.machine import description
from benchmarks.stand_in import StandInEmbedder
from isco.core.config import load_settings
from isco.core.progress import Silent
from isco.ingest.load import ingest
from tests.support.qdrant_double import Limits, QdrantDouble

_MEGABYTE = 1_000_000
# Seconds for one request: the double shares this process, and may share the machine.
_PATIENCE = 600


def figures_of(double: QdrantDouble, limit: int | None) -> dict[str, Any]:
    """What the double was sent, of the requests that write points."""
    sent = [
        (request, size)
        for request, size in zip(double.requests, double.sizes, strict=True)
        if request.method == "PUT" and "/points" in request.path
    ]
    taken = [size for _, size in sent if limit is None or size <= limit]
    return {
        "requests": len(sent),
        "refused": len(sent) - len(taken),
        "in_parts": sum(request.path.endswith("/vectors") for request, _ in sent),
        "largest_mb": max(taken) / _MEGABYTE,
        "megabytes": sum(taken) / _MEGABYTE,
    }


@click.command()
@click.option("--source", default="starter", show_default=True, help="As of isco ingest.")
@click.option("--language", default="en", show_default=True, help="As of isco ingest.")
@click.option("--megabytes", type=float, help="Larger bodies are refused.")
@click.option("--points", type=int, help="More in one request are refused.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    source: str, language: str, megabytes: float | None, points: int | None, as_json: bool
) -> None:
    """Print what was sent and what was refused."""
    limit = None if megabytes is None else int(megabytes * _MEGABYTE)
    limits = Limits(body=limit, points=points, forced=True)
    started, cpu = time.perf_counter(), time.process_time()
    with TemporaryDirectory(prefix="isco-benchmark-") as folder, QdrantDouble(limits=limits) as at:
        flags = {
            "data_dir": Path(folder), "taxonomy.language": language,
            "qdrant.mode": "server", "qdrant.url": at.url, "qdrant.timeout": _PATIENCE,
        }  # fmt: skip
        settings = load_settings(environment={}, flags=flags)
        summary = ingest(settings, source, StandInEmbedder, Silent())
        figures = {"points": summary.points, "names": summary.labels, **figures_of(at, limit)}
    figures["seconds"] = time.perf_counter() - started
    figures["cpu_seconds"] = time.process_time() - cpu
    if as_json:
        click.echo(json.dumps({**figures, "machine": description()}))
        return
    click.echo(f"{summary.taxonomy}: {summary.points} points, {summary.labels} names, all there")
    click.echo(
        f"{figures['requests']} requests, {figures['refused']} refused for their bytes, "
        f"{figures['in_parts']} with a further vector of a point that is too large"
    )
    click.echo(
        f"largest body {figures['largest_mb']:.3f} MB, {figures['megabytes']:.0f} MB in all, "
        f"{figures['cpu_seconds']:.0f} s of CPU with the double's"
    )


if __name__ == "__main__":
    main()
