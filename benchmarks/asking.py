"""Do the ads that `isco review` asks about first teach more than ads drawn at random?

    python -m benchmarks.asking LABELLED... [--data-dir DIR] [--sizes 30,100,300] [--sample N]
        [--draws N] [--json]

needs an ingested taxonomy in DIR. Up to N ads of each set are drawn by a fixed seed and parted in
halves. One half is classified by the taxonomy alone; so many decisions are asked for, chosen at
random ("at random"), by how unsure the answer is ("unsure first") or as the queue has them
("queue"); their known codes are learned, each for all ads of its title, and the other half is
classified. The figures are accuracy at four digits, the means of the draws: of the other half, and
of the first half with the codes that were given in it.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np

from benchmarks.labelled import draw
from benchmarks.learning_bench import Bench, classified
from benchmarks.tables import show
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.records import Ad
from isco.evaluation.metrics import accuracy
from isco.retriever.pipeline import Classifier
from isco.review.answers import answer_of
from isco.review.queue import Group, alike, is_asked, most_useful

Choice = Callable[[Sequence[Group], int, int], list[Group]]


def at_random(groups: Sequence[Group], number: int, seed: int) -> list[Group]:
    """Any of them."""
    return random.Random(seed).sample(list(groups), number)


def unsure_first(groups: Sequence[Group], number: int, _: int) -> list[Group]:
    """Those of the least sure answers."""
    return sorted(groups, key=lambda group: group.shown.sure)[:number]


def queued(groups: Sequence[Group], number: int, _: int) -> list[Group]:
    """As the queue has them."""
    return most_useful(groups, number)


CHOICES: Mapping[str, Choice] = {
    "at random": at_random,
    "unsure first": unsure_first,
    "queue": queued,
}


@dataclass(frozen=True)
class Halves:
    """The ads among which some are asked about, what is said of them, and the others."""

    pool: list[Ad]
    groups: list[Group]
    others: list[Ad]

    @staticmethod
    def of(bench: Bench, ads: Sequence[Ad], seed: int) -> "Halves":
        """The ads in halves, by `seed`."""
        order = random.Random(seed).sample(list(ads), len(ads))
        pool, others = order[: len(order) // 2], order[len(order) // 2 :]
        found = classified(bench.classifier([]), pool)
        answers = [answer_of(item.prediction.as_dict(), place) for place, item in enumerate(found)]
        return Halves(pool, alike([each for each in answers if is_asked(each)]), others)


def taught(bench: Bench, halves: Halves, chosen: Sequence[Group]) -> tuple[float, float]:
    """Accuracy of the other half, and of the first with the codes that were given."""
    told = [
        replace(halves.pool[ad.position], isco_code=halves.pool[group.shown.position].isco_code)
        for group in chosen
        for ad in group.ads
    ]
    classifier = bench.classifier(bench.labelled(told))
    return right(classifier, halves.others), right(classifier, halves.pool)


def right(classifier: Classifier, ads: Sequence[Ad]) -> float:
    """Accuracy at four digits."""
    codes = [item.prediction.isco_code for item in classified(classifier, ads)]
    return accuracy([ad.isco_code or "" for ad in ads], codes, 4)


@click.command()
@click.argument("labelled", nargs=-1, required=True)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--sizes", default="30,100,300", show_default=True, help="Numbers of decisions.")
@click.option("--sample", default=1000, show_default=True, help="Most ads of a set.")
@click.option("--draws", default=3, show_default=True, help="Draws, of which the mean is shown.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: tuple[str, ...], data_dir: Path | None, sizes: str, sample: int, draws: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Print what so many decisions teach, by how the ads were chosen."""
    settings = load_settings(flags={"data_dir": data_dir} if data_dir else {})
    model = open_embedder(settings.embedding)
    table: dict[str, dict[str, float]] = {}
    with EmbeddingCache(settings.cache_path, model, settings.embedding) as cache:
        bench = Bench.open(settings, cache)
        for file in labelled:
            numbers = [int(size) for size in sizes.split(",")]
            rows = run(bench, file, numbers, sample, draws)
            table |= {f"{Path(file).stem}: {name}": row for name, row in rows.items()}
    if as_json:
        click.echo(json.dumps(table))
        return
    show(table, "decisions")


def run(
    bench: Bench, file: str, sizes: Sequence[int], sample: int, draws: int
) -> dict[str, dict[str, float]]:
    """Rows by number of decisions, each the mean of the draws; as many as there are groups."""
    ads = bench.read(file)
    found: dict[str, list[dict[str, float]]] = {}
    for seed in range(draws):
        halves = Halves.of(bench, draw(ads, sample), seed)
        for size in [0, *(size for size in sizes if size < len(halves.groups))]:
            row: dict[str, float] = {}
            for name, choose in CHOICES.items():
                others, pool = taught(bench, halves, choose(halves.groups, size, seed))
                row |= {f"others, {name}": others, f"asked half, {name}": pool}
            found.setdefault(str(size), []).append(row)
    return {
        size: {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
        for size, rows in found.items()
    }


if __name__ == "__main__":
    main()
