"""Which rule turns neighbours into the right code? Rules on labelled sets, side by side.

    python -m benchmarks.decision_rules LABELLED... [--data-dir DIR] [--sample N] [--json]

needs an ingested taxonomy in DIR. For each rule and set: accuracy over all ads, and the share and
accuracy of those that were decided by agreement (unanimous or majority).
"""

import json
from pathlib import Path

import click

from benchmarks.labelled import draw
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.records import Ad, Candidate
from isco.core.settings import DecisionSettings
from isco.retriever.deciding.voting import take_vote
from isco.retriever.factory import open_classifier
from isco.retriever.reading.text_files import read_ads

RULES = [
    *((15, None, temperature) for temperature in (0.01, 0.1, 0.2, 0.3, 0.5)),
    *((15, majority, 0.2) for majority in (0.5, 0.6, 0.8)),
    *((neighbours, majority, 0.2) for neighbours in (3, 5, 10) for majority in (None, 0.8)),
    (5, 0.6, 0.5),
    (5, None, 0.5),
]

ScoredAds = list[tuple[str, tuple[Candidate, ...]]]


def measure(scored: ScoredAds, settings: DecisionSettings) -> tuple[float, float, float]:
    """Accuracy; share decided by agreement; accuracy of those."""
    right, agreed, agreed_right = 0, 0, 0
    for gold, candidates in scored:
        verdict = take_vote(candidates, settings)
        hit = verdict.isco_code == gold
        right += hit
        if verdict.path.agreed:
            agreed += 1
            agreed_right += hit
    return right / len(scored), agreed / len(scored), agreed_right / max(agreed, 1)


@click.command()
@click.argument("labelled", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--sample", default=3000, show_default=True, help="Most ads taken from a set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(labelled: tuple[str, ...], data_dir: Path | None, sample: int, as_json: bool) -> None:
    """Print accuracy, share agreed and accuracy of the agreed for every rule and set."""
    settings = load_settings(flags={"data_dir": data_dir} if data_dir else {})
    classifier = open_classifier(settings, open_embedder(settings.embedding))
    sets: dict[str, ScoredAds] = {}
    for path in labelled:
        ads = [row for row in read_ads(path, settings.input) if isinstance(row, Ad)]
        ads = draw([ad for ad in ads if ad.isco_code], sample)
        predictions = classifier.classify_batch(ads)
        sets[Path(path).stem] = [
            (ad.isco_code or "", prediction.candidates)
            for ad, prediction in zip(ads, predictions, strict=True)
            if prediction.candidates
        ]
    figures = {}
    for neighbours, majority, temperature in RULES:
        rule = DecisionSettings(
            neighbours=neighbours, majority=majority, temperature=temperature, target_accuracy=None
        )
        name = f"k={neighbours}, majority {majority or 'off'}, temperature {temperature}"
        figures[name] = {key: measure(scored, rule) for key, scored in sets.items()}
    if as_json:
        click.echo(json.dumps(figures))
        return
    click.echo("| rule | " + " | ".join(f"{key} ({len(sets[key])})" for key in sets) + " |")
    click.echo("|---|" + "---|" * len(sets))
    for name, row in figures.items():
        cells = (f"{a:.3f}; {share:.2f} at {r:.2f}" for a, share, r in row.values())
        click.echo(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
