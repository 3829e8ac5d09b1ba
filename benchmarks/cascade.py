"""What reading fewer texts costs and saves: accuracy beside CPU seconds, for each bound.

    python -m benchmarks.cascade LABELLED... [--data-dir DIR] [--bounds 0.9,0.8] [--number 1500]
        [--rounds 1] [--json]

needs an ingested taxonomy in DIR. One row a way: all texts embedded, those of ads that title and
words leave less sure than a bound, none; and the generated ads' titles alone. The texts of
LABELLED are embedded once for all of them, for accuracy at 4 digits, recall@10, the error of the
confidence (10 bins of equal size) and how many of the texts were read. The speed is that of
--number ads generated of the first file (benchmarks/generated_ads.py), each way with a memory of
its own, in seconds of CPU of one thread; ways take turns, and the least of the rounds stands.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.confidence import calibration_error
from benchmarks.generated_ads import AdGenerator, read_source
from benchmarks.machine import description
from isco.core.config import load_settings
from isco.core.embedding import Embedder, open_embedder
from isco.core.embedding.recent_vectors import RecentVectors
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.retriever.factory import SearchData, make_classifier, read_search_data
from isco.retriever.pipeline import Classified, Classifier
from isco.retriever.reading.inputs import chunks

ALWAYS, NEVER = "always", "never"
TITLES = "titles alone"
CHUNK = 128


def settings_for(way: str, data_dir: Path | None) -> Settings:
    """Of "always", "never", "titles alone" or a bound."""
    reading = {"search.read_text": way}
    if way == TITLES:
        reading = {}
    elif way not in (ALWAYS, NEVER):
        reading = {"search.read_text": "unsure", "search.read_text_below": way}
    flags: dict[str, Any] = {"llm.backend": "none", "embedding.threads": 1, **reading}
    return load_settings(environment={}, flags=flags | ({"data_dir": data_dir} if data_dir else {}))


class Ways:
    """Ads classified in each of them, over the same taxonomy."""

    def __init__(self, data_dir: Path | None) -> None:
        self._data_dir = data_dir
        settings = settings_for(ALWAYS, data_dir)
        self._embedder = open_embedder(settings.embedding)
        self._remembering = RecentVectors(self._embedder)
        self._data: SearchData = read_search_data(settings, self._embedder)

    def classified(self, way: str, ads: Sequence[Ad]) -> list[Classified]:
        """With what other ways had embedded."""
        return _classified(self._classifier(way, self._remembering), way, ads)

    def seconds(self, way: str, ads: Sequence[Ad]) -> float:
        """CPU seconds of a classifier that knows no ad."""
        classifier = self._classifier(way, self._embedder)
        # What is read at the first ad belongs to the start.
        _classified(classifier, way, [Ad("first", "bus driver", "You will drive a bus.", 1, 1)])
        began = time.process_time()
        _classified(classifier, way, ads)
        return time.process_time() - began

    def _classifier(self, way: str, embedder: Embedder) -> Classifier:
        return make_classifier(self._data, settings_for(way, self._data_dir), embedder, False)


def _classified(classifier: Classifier, way: str, ads: Sequence[Ad]) -> list[Classified]:
    if way == TITLES:
        ads = [replace(ad, description="") for ad in ads]
    parts = chunks(ads, CHUNK)
    return [item for part in parts for item in classifier.classify_with_ranking(part)]


def judged(found: Sequence[Classified], ads: Sequence[Ad]) -> dict[str, Any]:
    """How right the ads of one file are."""
    pairs = list(zip(found, ads, strict=True))
    right = np.array([item.prediction.best_code == ad.isco_code for item, ad in pairs])
    sure = np.array([item.vote_confidence or 0.0 for item in found])
    among_ten = [ad.isco_code in item.code_ranking[:10] for item, ad in pairs]
    read = [bool(item.evidence and not item.evidence.unread) for item in found]
    return {
        "n": len(ads),
        "accuracy": float(right.mean()),
        "recall_at_10": float(np.mean(among_ten)),
        "confidence": float(sure.mean()),
        "error": calibration_error(sure, right),
        "read": float(np.mean(read)),
    }


@click.command()
@click.argument("labelled", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--bounds", default="0.9,0.8,0.7,0.6,0.5,0.4", show_default=True)
@click.option("--number", default=1500, show_default=True, help="Ads generated for the speed.")
@click.option("--rounds", default=1, show_default=True, help="Rounds of the speed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: tuple[Path, ...], data_dir: Path | None, bounds: str, number: int, rounds: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Print accuracy and CPU seconds for each way of reading texts."""
    ways = Ways(data_dir)
    sets = [[ad for ad in read_source(path) if ad.isco_code] for path in labelled]
    generated = list(AdGenerator(read_source(labelled[0])).first(number))
    names = [ALWAYS, *bounds.split(","), NEVER, TITLES]
    rights = {name: [judged(ways.classified(name, ads), ads) for ads in sets] for name in names}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds if number else 0):
        for name in names:
            seconds[name].append(ways.seconds(name, generated) / number)
    least = {name: min(taken) for name, taken in seconds.items() if taken}
    figures = {
        name: {
            "sets": dict(zip((path.stem for path in labelled), rights[name], strict=True)),
            "cpu_ms_an_ad": least[name] * 1e3 if least else None,
            "speed_vs_always": least[ALWAYS] / least[name] if least else None,
        }
        for name in names
    }
    if as_json:
        click.echo(json.dumps({"ways": figures, "ads": number, "machine": description()}))
        return
    heads = " | ".join(f"{path.stem}: 4 digits / recall@10, says, error, read" for path in labelled)
    speeds = " CPU ms an ad | speed |" if least else ""
    click.echo(f"| texts read | {heads} |{speeds}")
    click.echo("|---|" + "---|" * (len(labelled) + (2 if least else 0)))
    for name, found in figures.items():
        cells = [
            f"{one['accuracy']:.4f} / {one['recall_at_10']:.4f}, {one['confidence']:.3f}, "
            f"{one['error']:.3f}, {one['read']:.2f}"
            for one in rights[name]
        ]
        if least:
            cells += [f"{least[name] * 1e3:.2f}", f"{found['speed_vs_always']:.2f}"]
        click.echo(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
