"""What do labelled ads bring? Half of a labelled set is learned, the other half classified.

    python -m benchmarks.learning LABELLED... [--data-dir DIR] [--sample N] [--grid] [--json]

needs an ingested taxonomy in DIR. The halves are drawn by a fixed seed. An ad of the second half is
left out when the first holds its title or its clean title. Printed are accuracy and calibration
error of up to N of the others without labelled ads, with them, and with the confidence fitted on
the learned half too; --grid tries other settings of `learning`.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.confidence import calibration_error
from isco.core.calibration import Calibration
from isco.core.config import load_settings
from isco.core.embedding import Embedder, open_embedder
from isco.core.embedding.vector_cache import EmbeddingCache
from isco.core.records import Ad, Profile
from isco.core.settings import Settings
from isco.core.store import LabelledAd
from isco.evaluation.metrics import accuracy, lca_score, recall
from isco.retriever.deciding.calibration_fitting import equal_sets, fit_calibration
from isco.retriever.deciding.decider import Decider, Decision
from isco.retriever.factory import open_classifier
from isco.retriever.labelled.neighbours import LabelledNeighbours
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.reading.text_files import read_ads
from isco.retriever.searching.query import Query

SEED = 1
FITTED = 1000
GRID = (
    {},
    {"learning.neighbours": 5},
    {"learning.neighbours": 15},
    {"learning.weight": 3},
    {"learning.weight": 30},
    {"learning.sharpness": 5, "learning.weight": 3},
    {"learning.sharpness": 15, "learning.weight": 60},
    {"learning.least": 0.01},
    {"learning.least": 0.3},
)


def halves(ads: Sequence[Ad], profiles: Sequence[Profile]) -> tuple[list[int], list[int]]:
    """Positions of the learned half, and of those in the other that are not among its titles."""
    order = list(range(len(ads)))
    random.Random(SEED).shuffle(order)
    first, second = order[: len(order) // 2], order[len(order) // 2 :]
    titles = {ads[row].title.casefold() for row in first}
    titles |= {profiles[row].title.casefold() for row in first}
    return first, [
        row
        for row in second
        if not {ads[row].title.casefold(), profiles[row].title.casefold()} & titles
    ]


def as_labelled(
    ads: Sequence[Ad], profiles: Sequence[Profile], embedder: Embedder
) -> list[LabelledAd]:
    """The ads as they would be learned."""
    vectors = embedder.embed_queries([p.title or p.description for p in profiles])
    return [
        LabelledAd(
            id=ad.id,
            source="half",
            title=profile.title,
            description=profile.description,
            isco_code=ad.isco_code or "",
            isco_label="",
            language=ad.language,
            learned="",
            vector=vector,
        )
        for ad, profile, vector in zip(ads, profiles, vectors, strict=True)
    ]


def decide_all(
    decider: Decider, profiles: Sequence[Profile], leave_one_out: bool = False
) -> list[Decision]:
    """All profiles, a few hundred at a time."""
    queries = [Query(profile) for profile in profiles]
    starts = range(0, len(queries), 256)
    parts = (decider.decide(queries[start : start + 256], leave_one_out) for start in starts)
    return [found for part in parts for found in part]


def measure(
    gold: Sequence[str], decided: Sequence[Decision], fit: Calibration, model: str
) -> dict[str, float]:
    """Accuracy and the rest, the confidence by `fit`."""
    codes = [found.verdict.isco_code for found in decided]
    sure = [
        fit.probabilities(found.evidence, model)[4] if found.evidence else 0.0 for found in decided
    ]
    right = np.array([code == known for code, known in zip(codes, gold, strict=True)])
    return {
        "accuracy": accuracy(gold, codes, 4),
        "lca": lca_score(gold, codes),
        "recall@10": recall(gold, [found.code_ranking for found in decided], 10),
        "confidence": float(np.mean(sure)),
        "calibration error": calibration_error(np.array(sure), right),
    }


@click.command()
@click.argument("labelled", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--sample", default=2000, show_default=True, help="Most ads classified of a set.")
@click.option("--grid", is_flag=True, help="Try other settings of learning.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: tuple[str, ...], data_dir: Path | None, sample: int, grid: bool, as_json: bool
) -> None:
    """Print what the learned half does for the other half of each set."""
    flags: dict[str, Any] = {"data_dir": data_dir} if data_dir else {}
    settings = load_settings(flags=flags)
    model = open_embedder(settings.embedding)
    # Every setting of the grid asks for the same vectors.
    with EmbeddingCache(settings.cache_path, model, settings.embedding) as cache:
        figures = run(
            labelled, settings, cache.as_embedder(), flags, sample, GRID if grid else ({},)
        )
    if as_json:
        click.echo(json.dumps(figures))
        return
    columns = list(next(iter(figures.values())))
    click.echo("| | " + " | ".join(columns) + " |")
    click.echo("|---|" + "---|" * len(columns))
    for label, row in figures.items():
        click.echo(f"| {label} | " + " | ".join(f"{row[column]:.3f}" for column in columns) + " |")


def run(
    labelled: Sequence[str],
    settings: Settings,
    embedder: Embedder,
    flags: dict[str, Any],
    sample: int,
    grid: Sequence[dict[str, Any]],
) -> dict[str, dict[str, float]]:
    """All figures by what they are of."""
    classifier = open_classifier(settings, embedder, with_llm=False)
    searcher, extractor = classifier.searchers.main, RuleExtractor(settings.extraction)
    shipped = classifier.decider.calibration
    assert shipped, "confidence.fit is needed"
    figures: dict[str, dict[str, float]] = {}
    for path in labelled:
        ads = [r for r in read_ads(path, settings.input) if isinstance(r, Ad) and r.isco_code]
        known = {leaf.isco_code for leaf in searcher.index.concepts}
        ads = [ad for ad in ads if ad.isco_code in known]
        profiles = [extractor.profile(ad) for ad in ads]
        first, second = halves(ads, profiles)
        shown = second[:sample]
        learned = as_labelled(
            [ads[row] for row in first], [profiles[row] for row in first], embedder
        )
        gold = [ads[row].isco_code or "" for row in shown]
        asked = [profiles[row] for row in shown]
        name = Path(path).stem
        plain = Decider(classifier.searchers, settings, embedder.name)
        figures[f"{name}: taxonomy alone ({len(shown)} of {len(second)} ads)"] = measure(
            gold, decide_all(plain, asked), shipped, embedder.name
        )
        for changes in grid:
            tried = load_settings(flags={**flags, **changes})
            near = LabelledNeighbours(learned, searcher.mean_name, tried.learning)
            decider = Decider(classifier.searchers, tried, embedder.name, labelled=near)
            found = decide_all(decider, asked)
            label = ", ".join(f"{key} {value}" for key, value in changes.items()) or "default"
            figures[f"{name}: + {len(learned)} labelled ads, {label}"] = measure(
                gold, found, shipped, embedder.name
            )
            if changes:
                continue
            own = first[:FITTED]
            scored = decide_all(decider, [profiles[row] for row in own], leave_one_out=True)
            pairs = [
                (item.evidence, ads[row].isco_code or "")
                for row, item in zip(own, scored, strict=True)
                if item.evidence
            ]
            fit = fit_calibration(equal_sets([pairs]), "the learned half", embedder.name)
            figures[f"{name}: + confidence fitted on {len(pairs)} of them"] = measure(
                gold, found, fit, embedder.name
            )
    return figures


if __name__ == "__main__":
    main()
