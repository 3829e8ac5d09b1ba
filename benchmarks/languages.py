"""What does an ad's own language bring, and is it found where the ad does not say it?

    python -m benchmarks.languages SOURCE LABELLED... --language en,de,fr [--data-dir DIR]
        [--sample N] [--json]

SOURCE is an ESCO download in these languages, or "starter"; vectors are kept in DIR. Each set is
searched in the main language alone, beside everyday names in its own, and in its own as its ads
declare it; the last two with that removed as well, the latter by each detector: accuracy of the
first code, recall of the code among the first ten, and how often the language is found.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from benchmarks.labelled import draw
from benchmarks.taxonomies import classifier_over
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.evaluation.metrics import accuracy, recall
from isco.retriever.pipeline import Classifier
from isco.retriever.reading.text_files import read_ads

DEPTH = 10
BATCH = 128
DETECTORS = ("langdetect", "py3langid")


def labelled(path: Path, settings: Settings, sample: int) -> list[Ad]:
    """Up to `sample` ads of a file whose code is known."""
    ads = [row for row in read_ads(str(path), settings.input) if isinstance(row, Ad)]
    return draw([ad for ad in ads if ad.isco_code], sample)


def measured(ads: Sequence[Ad], classifier: Classifier, told: Sequence[Ad]) -> dict[str, float]:
    """Figures of the ads as they are `told`."""
    found = [
        item
        for start in range(0, len(told), BATCH)
        for item in classifier.classify_with_ranking(told[start : start + BATCH])
    ]
    gold = [ad.isco_code or "" for ad in ads]
    languages = [item.prediction.language for item in found]
    return {
        "accuracy": accuracy(gold, [item.prediction.isco_code for item in found], 4),
        "recall@10": recall(gold, [item.code_ranking for item in found], DEPTH),
        "language": sum(ad.language == code for ad, code in zip(ads, languages, strict=True))
        / len(ads),
    }


@click.command()
@click.argument("source")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--language", required=True, help="The main one, and the others.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where vectors are kept.")
@click.option("--sample", default=1000, show_default=True, help="Most ads taken from a set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    source: str,
    files: tuple[Path, ...],
    language: str,
    data_dir: Path | None,
    sample: int,
    as_json: bool,
) -> None:
    """Print accuracy, recall@10 and the share of languages found, set by set."""
    main_language = language.partition(",")[0]
    named: dict[str, Any] = {"taxonomy.language": main_language}
    alone = {**named, "taxonomy.everyday_languages": []}
    figures: dict[str, dict[str, dict[str, float]]] = {path.stem: {} for path in files}
    classifier, settings = classifier_over(source, data_dir, alone)
    sets = {path.stem: labelled(path, settings, sample) for path in files}
    for name, ads in sets.items():
        figures[name][f"{main_language} alone"] = measured(ads, classifier, ads)
    classifier, _ = classifier_over(source, data_dir, named)
    for name, ads in sets.items():
        open_ones = [replace(ad, language=None) for ad in ads]
        figures[name]["beside everyday names"] = measured(ads, classifier, ads)
        figures[name]["beside everyday names, found"] = measured(ads, classifier, open_ones)
    for detector in DETECTORS if language != main_language else ():
        every = {"taxonomy.language": language, "language.detector": detector}
        classifier, _ = classifier_over(source, data_dir, every)
        for name, ads in sets.items():
            figures[name].setdefault("declared", measured(ads, classifier, ads))
            open_ones = [replace(ad, language=None) for ad in ads]
            figures[name][f"found by {detector}"] = measured(ads, classifier, open_ones)
    if as_json:
        click.echo(json.dumps(figures))
        return
    click.echo("| set | language | accuracy | recall@10 | language found |")
    click.echo("|---|---|---|---|---|")
    for name, by_way in figures.items():
        for way, found in by_way.items():
            cells = " | ".join(f"{value:.3f}" for value in found.values())
            click.echo(f"| {name} ({len(sets[name])}) | {way} | {cells} |")


if __name__ == "__main__":
    main()
