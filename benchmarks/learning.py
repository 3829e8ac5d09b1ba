"""What do labelled ads bring? Some of a labelled set are learned, others classified.

    python -m benchmarks.learning LABELLED... [--data-dir DIR] [--sizes 10,50,250] [--sample N]
        [--draws N] [--set KEY=VALUE]... [--write FILE] [--json]

needs an ingested taxonomy in DIR; a set that belongs to another one is DIR=FILE. The ads that are
classified, up to N, are drawn by a fixed seed; of the others so many are learned, as they come
("shuffled"), or as a run of those that are sorted by code ("sorted"), or all ("half" of the set at
least). For each: accuracy at four digits and recall@10 by the taxonomy alone, by the nearest titles
alone (`learning.ridge` null), and by all that is learned; then of the latter mean confidence,
calibration error, and at a target of .9 the share that keeps four digits, the share that is
answered, and how many of the answers are right. --write puts the models of the learned ads'
confidence, fitted on all of that, into a fit of the confidence.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import yaml

from benchmarks.confidence import name_of
from benchmarks.learning_bench import Bench, classified
from benchmarks.learning_measures import figures, how_sure
from benchmarks.tables import show
from isco.core.calibration import AS_IT_IS
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.names import name_key
from isco.core.records import Ad
from isco.core.store import LabelledAd
from isco.retriever.deciding.calibration_files import load_calibration, write_calibration
from isco.retriever.deciding.calibration_fitting import equal_sets, refit_learned
from isco.retriever.deciding.evidence import Evidence
from isco.retriever.pipeline import Classified

SEED = 1
Pairs = list[tuple[Evidence, str]]


def selections(
    ads: Sequence[Ad], sizes: Sequence[int], sample: int, seed: int
) -> Iterator[tuple[str, list[Ad], list[Ad]]]:
    """What is learned, and what is classified then."""
    order = random.Random(seed).sample(list(ads), len(ads))
    asked = order[: min(sample, len(order) // 2)]
    pool = order[len(asked) :]
    ordered = sorted(pool, key=lambda ad: ad.isco_code or "")
    for size in sizes:
        if size >= len(pool):
            continue
        start = random.Random(seed).randrange(len(pool) - size)
        yield f"{size} shuffled", pool[:size], asked
        yield f"{size} sorted", ordered[start : start + size], asked
    yield f"{len(pool)} of the others", pool, asked


def not_learned(ads: Sequence[Ad], learned: Sequence[LabelledAd], found: Sequence[Classified]
                ) -> Pairs:  # fmt: skip
    """Evidence and gold code of ads whose title was not learned."""
    titles = {name_key(ad.title) for ad in learned}
    return [
        (item.evidence, ad.isco_code or "")
        for ad, item in zip(ads, found, strict=True)
        if item.evidence
        and item.prediction.profile
        and name_key(item.prediction.profile.title) not in titles
    ]


@click.command()
@click.argument("labelled", nargs=-1, required=True)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--sizes", default="10,50,250", show_default=True, help="Numbers of learned ads.")
@click.option("--sample", default=1000, show_default=True, help="Most ads classified of a set.")
@click.option("--draws", default=1, show_default=True, help="Draws, of which the mean is shown.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="A setting.")
@click.option("--write", type=click.Path(path_type=Path), help="A fit of the confidence.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: tuple[str, ...], data_dir: Path | None, sizes: str, sample: int, draws: int,
    assignments: tuple[str, ...], write: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Print what some ads of each set do for the others."""
    flags: dict[str, Any] = dict(one.split("=", 1) for one in assignments)
    flags = {key: yaml.safe_load(value) for key, value in flags.items()}
    table: dict[str, dict[str, float]] = {}
    fitted: list[Pairs] = []
    for path in labelled:
        folder, _, file = path.rpartition("=")
        place = Path(folder) if folder else data_dir
        settings = load_settings(flags={**flags, **({"data_dir": place} if place else {})})
        model = open_embedder(settings.embedding)
        with EmbeddingCache(settings.cache_path, model, settings.embedding) as cache:
            rows, pairs = run(Bench.open(settings, cache), file, sizes, sample, draws)
        fitted += pairs
        table |= {f"{name_of(path)}: {name}": row for name, row in rows.items()}
    if write:
        models = refit_learned(equal_sets([pairs for pairs in fitted if pairs]), AS_IT_IS)
        write_calibration(write, replace(load_calibration(str(write)), learned=models))
    if as_json:
        click.echo(json.dumps(table))
        return
    show(table)


def run(
    bench: Bench, file: str, sizes: str, sample: int, draws: int
) -> tuple[dict[str, dict[str, float]], list[Pairs]]:
    """The rows of a set, each the mean of the draws, and what the confidence can be fitted on."""
    ads = bench.read(file)
    found: dict[str, list[dict[str, float]]] = {}
    pairs: list[Pairs] = []
    for draw in range(draws):
        alone: list[Classified] = []
        chosen = selections(ads, [int(size) for size in sizes.split(",")], sample, SEED + draw)
        for name, learned, asked in chosen:
            gold = [ad.isco_code or "" for ad in asked]
            alone = alone or classified(bench.classifier([]), asked)
            labelled = bench.labelled(learned)
            titles = classified(bench.classifier(labelled, with_ridge=False), asked)
            everything = classified(bench.classifier(labelled), asked)
            rows = {
                "taxonomy": figures(gold, alone),
                "titles": figures(gold, titles),
                "all": figures(gold, everything),
            }
            row = {
                f"{kind} {measure}": value
                for kind, some in rows.items()
                for measure, value in some.items()
            }
            found.setdefault(name, []).append({**row, **how_sure(gold, everything)})
            pairs.append(not_learned(asked, labelled, everything))
    means = {
        name: {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
        for name, rows in found.items()
    }
    return means, pairs


if __name__ == "__main__":
    main()
