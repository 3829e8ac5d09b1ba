"""What do many labelled ads cost? Seconds to learn, milliseconds an ad, memory.

    python -m benchmarks.labelled_scale [ADS] [--sizes 100,1000,10000,100000] [--asked N]
        [--data-dir DIR] [--json]

Labelled ads are generated from ADS and coded by what the taxonomy in DIR says of the ad that each
was made of; their vectors are those of the originals' titles, moved at random, so that what is
measured is what labelled ads cost and not the embedding. `fit` is the regression over them, of at
most `learning.fitted`; `open` all that is made of them when a run begins; `ads` what they add to
the decision on an ad, in batches of 128: the nearest titles, what all of them say, what was coded
before; `memory` what the process grew by. Each size is measured in a process of its own.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import psutil

from benchmarks.generated_ads import EXAMPLES, AdGenerator, read_source
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.embedding.base import unit_rows
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.core.store import LabelledAd
from isco.retriever.factory import open_classifier
from isco.retriever.labelled.equal_ads import content_key
from isco.retriever.labelled.kernel import TEXT_CHARACTERS, AdTexts
from isco.retriever.labelled.labelled_ads import LabelledAds, ridge_of
from isco.retriever.pipeline import Classifier

_BATCH = 128
_NOISE = 0.5
_SEED = 0
_MIB = 2**20


@dataclass(frozen=True)
class Cost:
    """Of so many labelled ads: seconds, milliseconds an ad, and MiB."""

    ads: int
    fit_seconds: float
    open_seconds: float
    ads_ms: float
    memory_mib: float


def labelled_ads(count: int, source: Sequence[Ad], classifier: Classifier) -> list[LabelledAd]:
    """Generated ads as labelled ones, no two of the same text."""
    vectors = classifier.searchers.main.embed([ad.title for ad in source])
    codes = [item.isco_code or "9629" for item in classifier.classify_batch(list(source))]
    titles = classifier.searchers.main.index.titles
    draws = np.random.default_rng(_SEED)
    found = []
    for number, ad in enumerate(AdGenerator(list(source), seed=_SEED).first(count)):
        at = number % len(source)
        drawn = draws.standard_normal(vectors.shape[1]) * _NOISE / vectors.shape[1] ** 0.5
        text = f"{number} {ad.description}"
        found.append(
            LabelledAd(
                id=str(number),
                source="generated",
                title=ad.title,
                description="",
                isco_code=codes[at],
                isco_label=titles.get(codes[at], ""),
                language=None,
                learned="2026",
                vector=unit_rows((vectors[at] + drawn)[None].astype(np.float32))[0],
                text=text[:TEXT_CHARACTERS],
                content=content_key(ad.title, text),
            )
        )
    return found


def measure(count: int, asked: int, source: Sequence[Ad], settings: Settings) -> Cost:
    """The cost of `count` labelled ads, when `asked` others are decided on."""
    embedder = open_embedder(settings.embedding)
    classifier = open_classifier(settings, embedder, with_llm=False)
    main = classifier.searchers.main
    every = labelled_ads(count + asked, source, classifier)
    ads, others = every[:count], every[count:]
    process = psutil.Process()
    before = process.memory_info().rss
    started = time.perf_counter()
    fitted = ridge_of(ads, main.index.titles, main.mean_name, settings.learning)
    fit_seconds = time.perf_counter() - started
    assert fitted
    ridge = fitted[0]
    del fitted
    started = time.perf_counter()
    labelled = LabelledAds.of(ads, main.mean_name, settings.learning, ridge)
    open_seconds = time.perf_counter() - started
    started = time.perf_counter()
    for start in range(0, len(others), _BATCH):
        say(labelled, others[start : start + _BATCH], settings.decision.temperature)
    seconds = time.perf_counter() - started
    grown = process.memory_info().rss - before
    return Cost(count, fit_seconds, open_seconds, 1000 * seconds / len(others), grown / _MIB)


def say(labelled: LabelledAds, ads: Sequence[LabelledAd], temperature: float) -> None:
    """All that labelled ads say of others."""
    assert labelled.ridge
    vectors = np.stack([ad.vector for ad in ads])
    similarities = labelled.neighbours.similarities(vectors)
    for row, ad in enumerate(ads):
        labelled.equal.coded(ad.id, ad.title, ad.content)
        labelled.neighbours.join((), similarities[row], temperature)
    labelled.ridge.outputs(AdTexts([ad.title for ad in ads], [ad.text for ad in ads], vectors))


@click.command()
@click.argument("ads", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--sizes", default="100,1000,10000,100000", show_default=True)
@click.option("--asked", default=512, show_default=True, help="Ads that are decided on.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--one", type=int, hidden=True, help="Measure one size here.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    ads: Path | None, sizes: str, asked: int, data_dir: Path | None, one: int | None, as_json: bool
) -> None:
    """Print what ever more labelled ads cost."""
    if one is not None:
        flags: dict[str, Any] = {"data_dir": data_dir} if data_dir else {}
        cost = measure(one, asked, read_source(ads or EXAMPLES), load_settings(flags=flags))
        click.echo(json.dumps(asdict(cost)))
        return
    given = [*([str(ads)] if ads else []), "--asked", str(asked)]
    given += ["--data-dir", str(data_dir)] if data_dir else []
    found = [_in_its_own_process(int(size), given) for size in sizes.split(",")]
    if as_json:
        click.echo(json.dumps({"sizes": found}))
        return
    click.echo(
        "| labelled ads | fit, s | open, s | ms an ad | memory, MiB |\n|---|---|---|---|---|"
    )
    for cost in found:
        click.echo(
            f"| {cost['ads']:,} | {cost['fit_seconds']:.1f} | {cost['open_seconds']:.1f} | "
            f"{cost['ads_ms']:.2f} | {cost['memory_mib']:.0f} |"
        )


def _in_its_own_process(size: int, given: Sequence[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.labelled_scale", *given, "--one", str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
