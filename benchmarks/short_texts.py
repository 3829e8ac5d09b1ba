"""How much may the words of a short text say? Accuracy for several answers, by how long texts are.

    python -m benchmarks.short_texts LABELLED [--data-dir DIR] [--full 1,60] [--characters 110,500]
        [--json]

needs an ingested taxonomy in DIR. One row a length: texts as they are, and their most job-like
sentences up to so many characters, with their titles and without; one column a value of
`search.words_in_full`. Each cell: accuracy at 4 digits, recall@10, the mean confidence, its error
(10 bins of equal size), and the share of ads that get a code at a target accuracy of .9.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.cascade import judged
from benchmarks.generated_ads import read_source
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.recent_vectors import RecentVectors
from isco.core.records import Ad
from isco.retriever.factory import make_classifier, read_search_data
from isco.retriever.pipeline import Classified
from isco.retriever.preparing.plain_text import plain_text
from isco.retriever.preparing.sentences import SentencePicker

_TARGET = 0.9
_LEAST_TEXT = 25


def lengths(ads: Sequence[Ad], characters: Sequence[int]) -> Iterator[tuple[str, list[Ad]]]:
    """The ads with less and less text, each set by its name; ads left without text are left out."""
    yield "whole", list(ads)
    for most in characters:
        picker = SentencePicker()
        cut = [
            replace(ad, description=picker.pick(plain_text(ad.description), most).best)
            for ad in ads
        ]
        yield str(most), [ad for ad in cut if len(ad.description) >= _LEAST_TEXT]


def figures(found: Sequence[Classified], ads: Sequence[Ad]) -> dict[str, Any]:
    """How right they are, and how many have an answer at the target."""
    sure = [any(answer.confidence >= _TARGET for answer in item.answers) for item in found]
    return judged(found, ads) | {"covered": float(np.mean(sure))}


@click.command()
@click.argument("labelled", type=click.Path(path_type=Path, exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--full", default="1,30,60,120", show_default=True, help="search.words_in_full.")
@click.option("--characters", default="500,250,110", show_default=True, help="Most of a text.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: Path, data_dir: Path | None, full: str, characters: str, as_json: bool
) -> None:  # fmt: skip
    """Print how right ads are by how much text they have, and how much its words may say."""
    flags = {"data_dir": data_dir} if data_dir else {}
    settings = load_settings(flags=flags)
    embedder = RecentVectors(open_embedder(settings.embedding))
    data = read_search_data(settings, embedder)
    classifiers = {
        value: make_classifier(
            data, load_settings(flags=flags | {"search.words_in_full": value}), embedder, False
        )
        for value in full.split(",")
    }
    ads = [ad for ad in read_source(labelled) if ad.isco_code]
    rows: dict[str, dict[str, Any]] = {}
    for length, some in lengths(ads, [int(most) for most in characters.split(",")]):
        untitled = [replace(ad, title="") for ad in some]
        for name, given in ((f"{length}, titled", some), (f"{length}, untitled", untitled)):
            rows[name] = {
                value: figures(classifier.classify_with_ranking(given), given)
                for value, classifier in classifiers.items()
            }
    if as_json:
        click.echo(json.dumps(rows))
        return
    click.echo("| text | ads | " + " | ".join(f"from {value}" for value in classifiers) + " |")
    click.echo("|---|---:|" + "---|" * len(classifiers))
    for name, row in rows.items():
        number = next(iter(row.values()))["n"]
        click.echo(f"| {name} | {number} | " + " | ".join(map(_cell, row.values())) + " |")


def _cell(one: dict[str, Any]) -> str:
    return (
        f"{one['accuracy']:.3f} / {one['recall_at_10']:.3f}, says {one['confidence']:.3f}, "
        f"error {one['error']:.3f}, covered {one['covered']:.3f}"
    )


if __name__ == "__main__":
    main()
