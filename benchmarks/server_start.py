"""How long does a command take with Qdrant on a server, by the embedded one, and what does it ask?

    python -m benchmarks.server_start [--source starter|PATH] [--language en] [--labelled 0]
        [--rounds 3] [--json]

The taxonomy is ingested into an embedded Qdrant and, over REST, into the tests' double of a server,
which lives in this process and answers with numbers as short as a server's. `isco search nurse`,
and `isco classify` of ten ads, run in processes of their own: the `first` time nothing of the
server's is kept, `again` all is. `seconds` are by the clock, `cpu` of the command alone, without
the server's, the least of --rounds that take turns; `requests` and `for_points` are those of one
command. Vectors of the taxonomy are drawn at random: nothing is embedded but the searched text and
the ads.

With --labelled N so many names of the taxonomy are learned as labelled ads, and classifying is
measured once more: `first`, again, after one more ad was learned `changed`, and again.
"""

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from benchmarks.generated_ads import EXAMPLES, AdGenerator, read_source, write_ads
from benchmarks.installation import ENTRY, spent_by
from benchmarks.machine import description
from isco.core.config import load_settings
from isco.core.records import Kind
from isco.ingest.plan import prepare
from tests.support.qdrant_double import QdrantDouble

STAND_IN = (sys.executable, "-m", "benchmarks.stand_in")
_FOR_POINTS = ("/scroll", "/query", "/points")
_ADS = 10


@dataclass(frozen=True)
class Start:
    """One command: seconds by the clock and of its own CPU, and what it asked the server for."""

    seconds: float
    cpu: float
    requests: int = 0
    for_points: int = 0


@dataclass(frozen=True)
class Place:
    """A data folder, and the server that it goes with, if any."""

    data_dir: Path
    double: QdrantDouble | None = None

    def run(self, *words: str, entry: Sequence[str] = ENTRY) -> Start:
        """Run a command to its end. Raises UnavailableError when it fails."""
        keys: tuple[str, ...] = ()
        if self.double:
            keys = ("qdrant.mode=server", f"qdrant.url={self.double.url}")
        at = tuple(word for key in keys for word in ("--set", key))
        asked = len(self.double.requests) if self.double else 0
        spent = spent_by(self.data_dir, *words, *at, entry=entry)
        made = self.double.requests[asked:] if self.double else ()
        for_points = sum(request.path.endswith(_FOR_POINTS) for request in made)
        return Start(spent.seconds, spent.cpu, len(made), for_points)

    def forget(self) -> None:
        """Keep nothing of what was read."""
        shutil.rmtree(self.data_dir / "snapshots", ignore_errors=True)


def least(measured: Iterable[Start]) -> Start:
    """The quickest of some."""
    return min(measured, key=lambda start: start.cpu)


def starts(embedded: Place, served: Place, rounds: int, *words: str) -> dict[str, Start]:
    """A command with either Qdrant, the server's also for the first time, in turn."""
    embedded.run(*words)
    measured: dict[str, list[Start]] = {"embedded": [], "first": [], "again": []}
    for _ in range(rounds):
        measured["embedded"].append(embedded.run(*words))
        served.forget()
        measured["first"].append(served.run(*words))
        measured["again"].append(served.run(*words))
    return {name: least(some) for name, some in measured.items()}


def write_names(path: Path, source: str, language: str, data_dir: Path, number: int) -> None:
    """So many names of the taxonomy as ads with their codes, one more in a file beside."""
    flags = {"data_dir": data_dir, "taxonomy.language": language}
    leaves = prepare(load_settings(environment={}, flags=flags), source).leaves
    rows = (
        {"id": name, "title": name, "description": leaf.description, "isco_code": leaf.isco_code}
        for leaf in leaves
        if leaf.kind is not Kind.GROUP
        for name in leaf.labels
    )
    lines = [json.dumps(row) + "\n" for row in islice(rows, number + 1)]
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    path.with_suffix(".more.jsonl").write_text(lines[-1], encoding="utf-8")


def with_labelled(served: Place, rounds: int, labelled: Path, ads: Path) -> dict[str, Start]:
    """Classifying where many ads were learned, and after one more."""
    words = ("classify", str(ads), "-o", str(ads.with_suffix(".codes.jsonl")), "--no-resume")
    found: dict[str, Start] = {}
    for name, file in (("first", labelled), ("changed", labelled.with_suffix(".more.jsonl"))):
        served.run("learn", str(file), "--source-name", "names", "--as", "ads", entry=STAND_IN)
        if name == "first":
            served.forget()
        found[name] = served.run(*words)
        found[f"{name}_again"] = least(served.run(*words) for _ in range(rounds))
    return found


@click.command()
@click.option("--source", default="starter", show_default=True, help="As of isco ingest.")
@click.option("--language", default="en", show_default=True, help="As of isco ingest.")
@click.option("--labelled", default=0, show_default=True, help="Labelled ads to learn.")
@click.option("--rounds", default=3, show_default=True, help="Of which the quickest counts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(source: str, language: str, labelled: int, rounds: int, as_json: bool) -> None:
    """Print the seconds of each command, and what it asked the server for."""
    with TemporaryDirectory(prefix="isco-benchmark-") as folder, QdrantDouble() as double:
        scratch = Path(folder)
        embedded, served = Place(scratch / "embedded"), Place(scratch / "served", double)
        for place in (embedded, served):
            place.run("ingest", "--source", source, "--language", language, entry=STAND_IN)
        ads = scratch / "ads.jsonl"
        write_ads(ads, AdGenerator(read_source(EXAMPLES)), _ADS)
        classify = ("classify", str(ads), "-o", str(scratch / "codes.jsonl"), "--no-resume")
        found = {
            "search": starts(embedded, served, rounds, "search", "nurse"),
            "classify": starts(embedded, served, rounds, *classify),
        }
        if labelled:
            names = scratch / "names.jsonl"
            write_names(names, source, language, scratch, labelled)
            found["labelled"] = with_labelled(served, rounds, names, ads)
    if as_json:
        figures: dict[str, Any] = {
            command: {name: asdict(start) for name, start in by_name.items()}
            for command, by_name in found.items()
        }
        click.echo(json.dumps({**figures, "machine": description()}))
        return
    for command, by_name in found.items():
        for name, start in by_name.items():
            click.echo(
                f"{command:<9} {name:<14} {start.seconds:6.1f} s {start.cpu:6.2f} s of CPU "
                f"{start.requests:5} requests, {start.for_points} for points"
            )


if __name__ == "__main__":
    main()
