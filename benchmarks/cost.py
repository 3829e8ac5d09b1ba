"""What does all of it cost beside the plainest search? Both over the same ads, in turn.

    python -m benchmarks.cost LABELLED [--data-dir DIR] [--rounds N] [--json]

needs an ingested taxonomy in DIR. Plain: title and sentences in one text, one vector, one matrix
product with the leaves' documents, the 15 nearest. Printed are the seconds of each round and the
ratio of the quickest ones; the extraction of the sentences counts on both sides.
"""

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click
import numpy as np

from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.records import Ad
from isco.retriever.factory import make_classifier, read_search_data
from isco.retriever.pipeline import Classifier
from isco.retriever.preparing.rule_extraction import RuleExtractor
from isco.retriever.reading.inputs import chunks
from isco.retriever.reading.text_files import read_ads


def seconds(work: Callable[[], None]) -> float:
    """How long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@click.command()
@click.argument("labelled", type=click.Path(exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--rounds", default=2, show_default=True, help="Rounds of each, in turn.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(labelled: str, data_dir: Path | None, rounds: int, as_json: bool) -> None:
    """Print the time of the default configuration and of the plain search."""
    settings = load_settings(flags={"data_dir": data_dir} if data_dir else {})
    embedder = open_embedder(settings.embedding)
    data = read_search_data(settings, embedder)
    extractor = RuleExtractor(settings.extraction)
    ads = [row for row in read_ads(labelled, settings.input) if isinstance(row, Ad)]
    documents = data.index.dense

    def plain() -> None:
        for part in chunks(ads, settings.classify.chunk):
            profiles = [extractor.profile(ad) for ad in part]
            texts = [f"{profile.title}. {profile.description}" for profile in profiles]
            np.argsort(-(embedder.embed_queries(texts) @ documents.T), axis=1)[:, :15]

    def default(classifier: Classifier) -> None:
        for part in chunks(ads, settings.classify.chunk):
            classifier.classify_batch(part)

    times: dict[str, Sequence[float]] = {"plain": [], "default": []}
    for _ in range(rounds):
        times["plain"] = [*times["plain"], seconds(plain)]
        # Another one each time: it remembers what it has seen.
        classifier = make_classifier(data, settings, embedder, with_llm=False)
        times["default"] = [*times["default"], seconds(partial(default, classifier))]
    ratio = min(times["default"]) / min(times["plain"])
    if as_json:
        click.echo(json.dumps({"ads": len(ads), "seconds": times, "default_vs_plain": ratio}))
        return
    click.echo(f"{len(ads)} ads")
    for name, found in times.items():
        click.echo(f"{name:<8} " + "  ".join(f"{value:.1f} s" for value in found))
    click.echo(f"default_vs_plain {ratio:.2f}")


if __name__ == "__main__":
    main()
