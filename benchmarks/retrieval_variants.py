"""Which signals find the right code? Variants of the retrieval on labelled sets, side by side.

    python -m benchmarks.retrieval_variants LABELLED... [--data-dir DIR] [--sample N] [--json]

needs an ingested taxonomy in DIR. For each variant and set: accuracy of the first code, and
recall of the code among the first ten distinct codes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from benchmarks.labelled import LabelledSet, Workbench, open_workbench, read_labelled, standardised
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.records import Kind

EVERYTHING = (Kind.LEAF, Kind.INNER, Kind.GROUP)
RAW = {"lexical"}


@dataclass(frozen=True)
class Variant:
    """Signals and their weights over leaves of some kinds; "lexical (z)" is standardised too."""

    name: str
    weights: Mapping[str, float]
    kinds: tuple[Kind, ...] = EVERYTHING


_PLAIN = {"document": 1.0, "labels": 1.0}
_CENTRED = {"document (c)": 1.0, "labels (c)": 1.0}
_TITLE = {**_CENTRED, "head": 1.0, "lexical": 0.75}
_DEFAULT = {**_TITLE, "body (c)": 1.5}
VARIANTS = (
    Variant("one document per leaf (paper)", {"document": 1}, (Kind.LEAF,)),
    Variant("  + inner occupations, unit groups", {"document": 1}),
    Variant("  + centred", {"document (c)": 1}),
    Variant("description alone, all concepts", {"description": 1}),
    Variant("best label, leaves", {"labels": 1}, (Kind.LEAF,)),
    Variant("  + inner occupations", {"labels": 1}, (Kind.LEAF, Kind.INNER)),
    Variant("  + unit groups", {"labels": 1}),
    Variant("  + names centred", {"labels (c)": 1}),
    Variant("label centroid, all concepts", {"centroid": 1}),
    Variant("linear head", {"head": 1}),
    Variant("n-grams, names pooled", {"lexical": 1}),
    Variant("n-grams, best name", {"best name": 1}),
    Variant("ad's sentences × document", {"body": 1}),
    Variant("  sentences centred on documents", {"body (documents' c)": 1}),
    Variant("  sentences centred on ads", {"body (c)": 1}),
    Variant("document + labels", _PLAIN),
    Variant("  both centred", _CENTRED),
    Variant("  + head", {**_CENTRED, "head": 1}),
    Variant("  + head + n-grams (z)", {**_CENTRED, "head": 1, "lexical (z)": 1}),
    Variant("  + head + best name (z)", {**_CENTRED, "head": 1, "best name": 1}),
    Variant("  + head + n-grams", _TITLE),
    Variant("  + 1.5 body = default", _DEFAULT),
    Variant("default, nothing centred", {**_PLAIN, "head": 1, "lexical": 0.75, "body": 1.5}),
    Variant("default, sentences centred on documents", {**_TITLE, "body (documents' c)": 1.5}),
    Variant("default, no head", {**_CENTRED, "lexical": 0.75, "body (c)": 1.5}),
    Variant("default, head × 0.5", {**_DEFAULT, "head": 0.5}),
    Variant("default, head × 2", {**_DEFAULT, "head": 2}),
    Variant("default, document × 0.5", {**_DEFAULT, "document (c)": 0.5}),
    Variant("default, labels × 0.5", {**_DEFAULT, "labels (c)": 0.5}),
    Variant("default, no n-grams", {**_DEFAULT, "lexical": 0}),
    Variant("default, n-grams × 2", {**_DEFAULT, "lexical": 1.5}),
    Variant("default, body × 0.67", {**_DEFAULT, "body (c)": 1}),
    Variant("default, body × 1.33", {**_DEFAULT, "body (c)": 2}),
    Variant("default, leaves only", _DEFAULT, (Kind.LEAF,)),
    Variant("default, no unit groups", _DEFAULT, (Kind.LEAF, Kind.INNER)),
    Variant("default, no inner occupations", _DEFAULT, (Kind.LEAF, Kind.GROUP)),
    Variant("default + centroid", {**_DEFAULT, "centroid": 1}),
)


def measure(variant: Variant, labelled: LabelledSet, bench: Workbench) -> tuple[float, float]:
    """Accuracy of the first code, and recall within ten distinct codes."""
    total = np.zeros(1)
    for name, weight in variant.weights.items():
        signal = labelled.signals[name.removesuffix(" (z)")]
        if name in RAW or len(variant.weights) == 1:
            total = total + weight * (signal - signal.mean(axis=1, keepdims=True))
        else:
            total = total + weight * standardised(signal)
    total = np.where(np.isin(bench.kinds, [str(kind) for kind in variant.kinds]), total, -np.inf)
    codes, first = np.unique(bench.codes, return_index=True)
    by_code = np.maximum.reduceat(total, first, axis=1)
    ranked = codes[np.argsort(-by_code, axis=1, kind="stable")[:, :10]]
    hits = ranked == labelled.gold[:, None]
    return float(hits[:, 0].mean()), float(hits.any(axis=1).mean())


@click.command()
@click.argument("labelled", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--sample", default=3000, show_default=True, help="Most ads taken from a set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(labelled: tuple[Path, ...], data_dir: Path | None, sample: int, as_json: bool) -> None:
    """Print accuracy and recall@10 of every variant on every labelled set."""
    settings = load_settings(flags={"data_dir": data_dir} if data_dir else {})
    bench = open_workbench(settings, open_embedder(settings.embedding))
    sets = [read_labelled(path, bench, sample) for path in labelled]
    figures = {
        variant.name: {s.name: measure(variant, s, bench) for s in sets} for variant in VARIANTS
    }
    if as_json:
        click.echo(json.dumps(figures))
        return
    click.echo("| variant | " + " | ".join(f"{s.name} ({len(s.gold)})" for s in sets) + " |")
    click.echo("|---|" + "---|" * len(sets))
    for variant in VARIANTS:
        cells = (f"{a:.3f} / {r:.3f}" for a, r in figures[variant.name].values())
        click.echo(f"| {variant.name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
