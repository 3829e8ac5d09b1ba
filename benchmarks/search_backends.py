"""Matrices in memory against Qdrant's own search: as fast, and the same fifteen?

    python -m benchmarks.search_backends [--data-dir DIR] [--queries 100] [--json]

Titles of generated ads ask the same collection for the 15 nearest documents (`dense`) and for
those with the nearest name (`labels`, MAX_SIM), plain cosines: by matrix products, 64 titles at
once as the pipeline does it, and by `query_points` of the embedded Qdrant, one by one. With
ISCO_TEST_QDRANT_URL a server is asked as well, exactly and by its index; the collection is copied
there and removed again. `matrices_vs_…` are queries a second by queries a second; `identical` is
the share of queries with the same 15 in the same order, but for ties within 0.0005.
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from benchmarks.generated_ads import EXAMPLES, AdGenerator, read_source
from benchmarks.installation import workplace
from benchmarks.machine import description
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.settings import Settings
from isco.core.store import OccupationStore
from isco.core.store.connection import open_client
from isco.core.store.points import DENSE, LABELS, to_point
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.searching.index import ConceptIndex

TOP = 15
# Vectors in matrices are rounded.
TIE = 5e-4
SERVER = "ISCO_TEST_QDRANT_URL"

BATCH = 64
ROUNDS = 3
MATRICES = "matrices"

Found = list[list[tuple[str, float]]]
Vectors = NDArray[np.float32]
Search = Callable[[Vectors, str], Found]


def titles(number: int, settings: Settings) -> list[str]:
    """So many distinct titles of generated ads, cleaned as the pipeline cleans them."""
    generator = AdGenerator(read_source(EXAMPLES))
    extractor = RuleExtractor(settings.extraction)
    found: dict[str, None] = {}
    for ad in generator.first(20 * number):
        if title := extractor.title(ad.title):
            found.setdefault(title)
        if len(found) == number:
            break
    return list(found)


def by_matrices(index: ConceptIndex, ids: Sequence[str], queries: Vectors, using: str) -> Found:
    """The 15 nearest points of every query, by products of all with all."""
    found: Found = []
    for start in range(0, len(queries), BATCH):
        part = queries[start : start + BATCH]
        if using == DENSE:
            scores = part @ index.dense.T
        else:
            scores = index.names.nearest(part, np.ones(len(part), dtype=bool), centred=False)
        for row in scores:
            nearest = np.argsort(-row, kind="stable")[:TOP]
            found.append([(ids[place], float(row[place])) for place in nearest])
    return found


def by_qdrant(
    client: QdrantClient, collection: str, exact: bool | None, queries: Vectors, using: str
) -> Found:
    """As `by_matrices`, one query after the other."""
    parameters = None if exact is None else models.SearchParams(exact=exact)
    found: Found = []
    for query in queries:
        # One vector asks a multivector as a matrix of one row.
        asked = query.tolist() if using == DENSE else [query.tolist()]
        answer = client.query_points(
            collection, query=asked, using=using, limit=TOP, with_payload=False,
            search_params=parameters,
        )  # fmt: skip
        found.append([(str(point.id), point.score) for point in answer.points])
    return found


def same(one: Found, other: Found) -> float:
    """The share of queries with the same answer; neighbours in a tie may change places."""

    def alike(ours: Sequence[tuple[str, float]], theirs: Sequence[tuple[str, float]]) -> bool:
        scores = dict(ours)
        last = ours[-1][1]
        return len(ours) == len(theirs) and all(
            abs(mine[1] - score) < TIE and abs(scores.get(name, last) - score) < TIE
            for mine, (name, score) in zip(ours, theirs, strict=True)
        )

    return sum(map(alike, one, other)) / len(one)


@contextmanager
def copy_on_server(
    url: str, points: Sequence[models.PointStruct], client: QdrantClient, collection: str
) -> Iterator[tuple[QdrantClient, str]]:
    """A client of the server, and the name of a copy of the collection that goes at the end."""
    like = client.get_collection(collection).config.params
    server, name = QdrantClient(url=url, timeout=120), f"isco_benchmark_{uuid.uuid4().hex[:8]}"
    server.create_collection(
        name, vectors_config=like.vectors, sparse_vectors_config=like.sparse_vectors
    )
    try:
        for start in range(0, len(points), BATCH):
            server.upsert(name, list(points[start : start + BATCH]), wait=True)
        yield server, name
    finally:
        server.delete_collection(name)
        server.close()


def timed(search: Search, queries: Vectors, using: str) -> tuple[Found, float]:
    """What was found, and queries a second in the quickest round."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found = search(queries, using)
        seconds.append(time.perf_counter() - started)
    return found, len(found) / min(seconds)


def measure(settings: Settings, number: int, url: str | None) -> dict[str, Any]:
    """Rates and agreement of every way over the collection in use."""
    queries = open_embedder(settings.embedding).embed_queries(titles(number, settings))
    client = open_client(settings, reads_only=True)
    with OccupationStore(settings, client) as store, ExitStack() as stack:
        collection = store.require_active()[0].name
        main = store.require_active()[1].languages[0]
        leaves = store.read_indexed(collection, main)
        index = ConceptIndex.of(leaves, settings.search.kinds)
        points = {leaf.leaf.uri: to_point(leaf, main) for leaf in leaves}
        ids = [str(points[leaf.uri].id) for leaf in index.concepts]
        ways: dict[str, Search] = {
            MATRICES: partial(by_matrices, index, ids),
            "embedded": partial(by_qdrant, client, collection, None),
        }
        if url:
            copy = copy_on_server(url, list(points.values()), client, collection)
            server, name = stack.enter_context(copy)
            ways["server, exact"] = partial(by_qdrant, server, name, True)
            ways["server, index"] = partial(by_qdrant, server, name, False)
        rates: dict[str, dict[str, float]] = {DENSE: {}, LABELS: {}}
        identical: dict[str, dict[str, float]] = {DENSE: {}, LABELS: {}}
        for using in rates:
            exact: Found = []
            for way, search in ways.items():
                found, rates[using][way] = timed(search, queries, using)
                exact = exact or found
                identical[using][way] = same(exact, found)
    return {
        "points": len(index.concepts),
        "queries": len(queries),
        "queries_per_second": rates,
        "identical": identical,
        "matrices_vs_embedded": {u: r[MATRICES] / r["embedded"] for u, r in rates.items()},
    }


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--queries", "number", default=100, show_default=True, help="How many titles.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(data_dir: Path | None, number: int, as_json: bool) -> None:
    """Print queries a second of each way, and how often they agree."""
    with workplace(data_dir) as (data, _):
        settings = load_settings(environment={}, flags={"data_dir": data, "embedding.threads": 1})
        figures = measure(settings, number, os.environ.get(SERVER))
    if as_json:
        click.echo(json.dumps({**figures, "machine": description()}))
        return
    click.echo(f"{figures['points']} points, {figures['queries']} queries")
    for using, by_way in figures["queries_per_second"].items():
        for way, rate in by_way.items():
            click.echo(
                f"{using:<7} {way:<14} {rate:10.1f} queries/s, 1 : {by_way[MATRICES] / rate:<7.1f}"
                f" identical {figures['identical'][using][way]:.1%}"
            )


if __name__ == "__main__":
    main()
