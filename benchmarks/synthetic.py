"""Do made-up ads help? They are learned, alone or beside real ones, and real ads classified.

    python -m benchmarks.synthetic LABELLED SYNTHETIC... --data-dir DIR [--sizes 50,100,200,300]
        [--json]

SYNTHETIC is what `benchmarks.synthetic_ads` writes of LABELLED. Of those in the style of one half
so many are learned, the most needed first, as `isco learn` would learn them, alone or beside the
real codes of that half; the other half, of which they have seen no text, is classified. Then the
halves change places. Of all real ads, each judged so once: accuracy at four digits and recall@10,
how many became right and wrong by the synthetic ads, the probability of such a difference by chance
(McNemar's exact test), mean confidence, its calibration error, and at a target of .9 how many have
an answer and how many of the answers are right.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from benchmarks.learning_bench import Bench, classified
from benchmarks.learning_measures import figures, how_sure
from benchmarks.synthetic_screen import LENT_BY, Half
from benchmarks.tables import show
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.records import Ad
from isco.evaluation.comparison import mcnemar
from isco.retriever.pipeline import Classified

BESIDE = {"alone": False, "beside real ones": True}


def judged(
    bench: Bench, real: Sequence[Ad], synthetic: Sequence[Ad], size: int, with_real: bool
) -> tuple[list[str], list[Classified]]:
    """Each real ad's code, and what becomes of it when `size` ads in the style of the other half
    are learned, and that half with them or not."""
    gold: list[str] = []
    found: list[Classified] = []
    for half, other in (tuple(Half), tuple(reversed(Half))):
        made_up = [ad for ad in synthetic if ad.extra.get(LENT_BY) == half][:size]
        learned = bench.labelled([*(half.of(real) if with_real else ()), *made_up])
        asked = other.of(real)
        gold += [ad.isco_code or "" for ad in asked]
        found += classified(bench.classifier(learned), asked)
    return gold, found


def compared(
    gold: Sequence[str], before: Sequence[str | None], after: Sequence[str | None]
) -> dict[str, float]:
    """How many codes became right and wrong, and how probable that is by chance."""
    pairs = [
        (one == code, other == code) for code, one, other in zip(gold, before, after, strict=True)
    ]
    better, worse = pairs.count((False, True)), pairs.count((True, False))
    return {"better": better, "worse": worse, "p": mcnemar(worse, better)}


def run(
    bench: Bench, real: Sequence[Ad], synthetic: Mapping[str, Sequence[Ad]], sizes: Sequence[int]
) -> dict[str, dict[str, float]]:
    """Rows by what was learned."""
    rows: dict[str, dict[str, float]] = {}
    for way, with_real in BESIDE.items():
        gold, before = judged(bench, real, (), 0, with_real)
        rows[f"{way}: none"] = row_of(gold, before, before)
        for name, ads in synthetic.items():
            lent = [ad.extra.get(LENT_BY) for ad in ads]
            for size in [size for size in sizes if size <= min(map(lent.count, Half))]:
                _, found = judged(bench, real, ads, size, with_real)
                rows[f"{way}: {size}, {name}"] = row_of(gold, before, found)
    return rows


def row_of(
    gold: Sequence[str], before: Sequence[Classified], found: Sequence[Classified]
) -> dict[str, float]:
    """All figures."""
    sure = how_sure(gold, found)
    return {
        **figures(gold, found),
        **compared(gold, codes_of(before), codes_of(found)),
        **{name: sure[name] for name in ("says", "error", "answered", "right")},
    }


def codes_of(found: Sequence[Classified]) -> list[str | None]:
    """The code of each."""
    return [item.prediction.isco_code for item in found]


@click.command()
@click.argument("labelled")
@click.argument("synthetic", nargs=-1, required=True)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--sizes", default="50,100,200,300", show_default=True, help="Numbers of ads.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: str, synthetic: tuple[str, ...], data_dir: Path | None, sizes: str, as_json: bool
) -> None:
    """Print accuracy with and without synthetic ads, by their number."""
    settings = load_settings(flags={"data_dir": data_dir} if data_dir else {})
    model = open_embedder(settings.embedding)
    with EmbeddingCache(settings.cache_path, model, settings.embedding) as cache:
        bench = Bench.open(settings, cache)
        made_up = {Path(path).stem: bench.read(path) for path in synthetic}
        rows = run(bench, bench.read(labelled), made_up, [int(size) for size in sizes.split(",")])
    if as_json:
        click.echo(json.dumps(rows))
        return
    show(rows, "learned")


if __name__ == "__main__":
    main()
