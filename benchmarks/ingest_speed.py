"""How long does each part of an ingest take?

    python -m benchmarks.ingest_speed [--source starter|PATH] [--language en] [--texts 300]
        [--threads 1] [--json]

Reading and checking the source, embedding, n-grams, training the head, upload into an embedded
Qdrant and verifying there, in a folder that goes at the end. --texts of the distinct texts are
embedded, drawn evenly by length, and their rate, by characters, stands for all; the vectors that
the other parts work on are drawn at random, on whose values their time does not depend.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import click
import numpy as np

from benchmarks.machine import description
from benchmarks.stand_in import StandInEmbedder
from isco.core import lexical
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.settings import Settings
from isco.core.store.building import CollectionBuilder
from isco.core.store.connection import PatientCaller, open_client
from isco.core.store.metadata import collection_name
from isco.ingest.documents import group_tasks
from isco.ingest.indexing import indexed
from isco.ingest.linear_classifier import train_head
from isco.ingest.plan import Plan, describe, prepare

Result = TypeVar("Result")


class Stopwatch:
    """Seconds by what was done."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, name: str, work: Callable[[], Result]) -> Result:
        """Do `work` and keep how long it took."""
        started = time.perf_counter()
        result = work()
        self.seconds[name] = time.perf_counter() - started
        return result


def embedding_seconds(plan: Plan, settings: Settings, texts: int) -> tuple[float, float]:
    """Seconds for all distinct texts, and texts a second, by those of a sample."""
    embedder = open_embedder(settings.embedding)
    embedder.embed_queries(["warm"])
    distinct = sorted({*plan.names, *plan.documents}, key=lambda text: (len(text), text))
    sample = distinct[:: max(1, len(distinct) // texts)]
    started = time.perf_counter()
    embedder.embed_queries(sample)
    seconds = time.perf_counter() - started
    whole = seconds * sum(map(len, distinct)) / sum(map(len, sample))
    return whole, len(distinct) / whole


def store(plan: Plan, settings: Settings, watch: Stopwatch) -> None:
    """The parts after the embedding, in an embedded Qdrant of `settings`."""
    stand_in = StandInEmbedder(settings.embedding)
    names, documents = stand_in.embed_queries(plan.names), stand_in.embed_queries(plan.documents)
    codes = [leaf.isco_code for leaf in plan.leaves]
    of_names = np.repeat(codes, [len(leaf.searched_names) for leaf in plan.leaves])
    examples = np.concatenate([names, documents])
    watch.time("head", lambda: train_head(examples, [*of_names.tolist(), *codes]))
    names_of = [leaf.labels for leaf in plan.leaves]
    watch.time("n-grams", lambda: lexical.document_vectors(names_of))
    tasks = group_tasks(plan.taxonomy)
    points = list(indexed(plan.leaves, names, plan.counts, documents, tasks))
    centre = tuple(np.zeros(stand_in.dimension).tolist())
    metadata = describe(plan.taxonomy, plan.leaves, stand_in, settings, centre)
    client = open_client(settings, reads_only=False)
    call = PatientCaller(settings.qdrant.retries, "the benchmark's folder")
    name = collection_name(metadata)
    builder = CollectionBuilder(client, call, settings.qdrant, name, metadata)
    builder.create()
    watch.time("upload", lambda: builder.upload(points, None))
    watch.time("verify", builder.verify)
    client.close()


@click.command()
@click.option("--source", default="starter", show_default=True, help="As of isco ingest.")
@click.option("--language", default="en", show_default=True, help="As of isco ingest.")
@click.option("--texts", default=300, show_default=True, help="Texts that are embedded.")
@click.option("--threads", default=1, show_default=True, help="CPU threads of the embedding.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(source: str, language: str, texts: int, threads: int, as_json: bool) -> None:
    """Print the seconds of each part, and its share."""
    watch = Stopwatch()
    with TemporaryDirectory(prefix="isco-benchmark-") as folder:
        flags = {
            "data_dir": Path(folder), "embedding.threads": threads, "taxonomy.language": language,
        }  # fmt: skip
        settings = load_settings(environment={}, flags=flags)
        plan = watch.time("reading", lambda: prepare(settings, source))
        watch.seconds["embedding"], rate = embedding_seconds(plan, settings, texts)
        store(plan, settings, watch)
    whole = sum(watch.seconds.values())
    figures: dict[str, Any] = {
        "points": len(plan.leaves),
        "texts": len({*plan.names, *plan.documents}),
        "texts_per_second": rate,
        "seconds": watch.seconds,
        "shares": {name: seconds / whole for name, seconds in watch.seconds.items()},
        "machine": description(),
    }
    if as_json:
        click.echo(json.dumps(figures))
        return
    click.echo(f"{figures['points']} points, {figures['texts']} texts, {rate:.1f} texts/s")
    for name, seconds in watch.seconds.items():
        click.echo(f"{name:<10} {seconds:9.2f} s {seconds / whole:7.1%}")


if __name__ == "__main__":
    main()
