"""Would a faster JSON library show? Reading ads and writing predictions, as a share of the whole.

    python -m benchmarks.reading_writing [ADS] [--number 500] [--data-dir DIR] [--libraries DIR]
        [--json]

Measured are the standard library, and orjson and msgspec where they can be imported: from
--libraries (`pip install --target DIR orjson msgspec`) if they are not installed. `share` is by the
time that the same ads take from file to file with the real model, of which the first 64 are run.
All is CPU time on one thread, which other work on the machine changes little.
The predictions written are those of benchmarks/stand_in.py's vectors: as long as real ones.
"""

import gzip
import importlib
import io
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from benchmarks.generated_ads import EXAMPLES, AdGenerator, read_source, write_ads
from benchmarks.installation import workplace
from benchmarks.machine import description
from benchmarks.stand_in import StandInEmbedder
from isco.core.config import load_settings
from isco.core.records import Ad, Prediction
from isco.retriever.factory import make_classifier, read_search_data
from isco.retriever.reading.inputs import chunks
from isco.retriever.reading.text_files import read_ads
from isco.retriever.running.flat_csv import PLAIN_CSV
from isco.retriever.running.opening import open_run, predictions
from isco.retriever.running.run import Run
from isco.retriever.running.writers import JsonLines

WHOLE = 64


def milliseconds(work: Callable[[], object], each: int, rounds: int = 3) -> float:
    """CPU time of the quickest of some rounds, for one of `each` items."""
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken) / each * 1e3


def reading(path: Path, lines: Sequence[bytes], columns: Any) -> dict[str, float]:
    """Milliseconds to read one ad."""
    packed = path.with_suffix(".jsonl.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    each = len(lines)
    ways: dict[str, Callable[[], object]] = {
        "read_ads": lambda: list(read_ads(str(path), columns)),
        "read_ads, gzip": lambda: list(read_ads(str(packed), columns)),
        "json.loads alone": lambda: [json.loads(line) for line in lines],
    }
    if orjson := _library("orjson"):
        ways["orjson.loads alone"] = lambda: [orjson.loads(line) for line in lines]
    if msgspec := _library("msgspec"):
        ways["msgspec decode alone"] = lambda: [msgspec.json.decode(line) for line in lines]
    return {name: milliseconds(work, each) for name, work in ways.items()}


def writing(predictions: Sequence[Prediction]) -> dict[str, float]:
    """Milliseconds to make one prediction's line."""
    rows = [prediction.as_dict() for prediction in predictions]
    flat = PLAIN_CSV.settled(predictions)
    ways: dict[str, Callable[[], object]] = {
        "encode, jsonl": lambda: [JsonLines().encode(p) for p in predictions],
        "encode, csv": lambda: [flat.encode(p) for p in predictions],
        "as_dict alone": lambda: [p.as_dict() for p in predictions],
        "asdict alone": lambda: [asdict(p) for p in predictions],
        "json.dumps alone": lambda: [json.dumps(row, ensure_ascii=False) for row in rows],
        "gzip of the lines alone": lambda: _packed(predictions),
    }
    if orjson := _library("orjson"):
        ways["orjson.dumps alone"] = lambda: [orjson.dumps(row) for row in rows]
        ways["orjson.dumps of the record"] = lambda: [orjson.dumps(p) for p in predictions]
    if msgspec := _library("msgspec"):
        ways["msgspec encode alone"] = lambda: [msgspec.json.encode(row) for row in rows]
        ways["msgspec encode of the record"] = lambda: [msgspec.json.encode(p) for p in predictions]
    return {name: milliseconds(work, len(predictions)) for name, work in ways.items()}


def _packed(predictions: Sequence[Prediction]) -> bytes:
    lines = b"".join(map(JsonLines().encode, predictions))
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=6) as file:
        file.write(lines)
    return stream.getvalue()


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


@click.command()
@click.argument("ads", default=EXAMPLES, type=click.Path(path_type=Path, exists=True))
@click.option("--number", default=500, show_default=True, help="Ads generated of ADS.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--libraries", type=click.Path(path_type=Path, exists=True), help="Where others are.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    ads: Path, number: int, data_dir: Path | None, libraries: Path | None, as_json: bool
) -> None:
    """Print the milliseconds of each way for an ad, and its share of the whole."""
    if libraries:
        sys.path.append(str(libraries))
    with workplace(data_dir) as (data, scratch):
        flags = {"data_dir": data, "embedding.threads": 1, "llm.backend": "none"}
        settings = load_settings(environment={}, flags=flags)
        path = scratch / "ads.jsonl"
        write_ads(path, AdGenerator(read_source(ads)), number)
        rows = [row for row in read_ads(str(path), settings.input) if isinstance(row, Ad)]
        stand_in = StandInEmbedder(settings.embedding)
        search_data = read_search_data(settings, stand_in)
        quick = make_classifier(search_data, settings, stand_in)
        predicted = [
            p for part in chunks(rows, settings.classify.chunk) for p in quick.classify_batch(part)
        ]
        found = {
            "reading": reading(path, path.read_bytes().splitlines(), settings.input),
            "writing": writing(predicted),
        }
        with open_run(settings, predictions) as run:
            list(run.executor.run([rows[:1]]))
            job = Run(rows[:WHOLE], run.executor, run.identity, settings.classify.chunk)
            whole = milliseconds(
                lambda: job.to_file(scratch / "codes.jsonl", "jsonl", False),
                len(rows[:WHOLE]),
                rounds=1,
            )
    shares = {side: {k: v / whole for k, v in ways.items()} for side, ways in found.items()}
    if as_json:
        figures = {"ads": number, "milliseconds": found, "whole": whole, "shares": shares}
        click.echo(json.dumps({**figures, "machine": description()}))
        return
    click.echo(f"the whole: {whole:.1f} ms an ad")
    for side, ways in found.items():
        for name, value in ways.items():
            click.echo(f"{side:<8} {name:<30} {value:8.4f} ms an ad {shares[side][name]:7.2%}")


if __name__ == "__main__":
    main()
