"""Does the confidence mean what it says? Fitted on some labelled sets, held against another.

    python -m benchmarks.confidence LABELLED... [--report-only LABELLED]... [--data-dir DIR]
        [--sample N] [--target 0.9] [--by-share | --titles LANGUAGE] [--write FILE] [--json]

needs an ingested taxonomy in DIR; a set that belongs to another one is DIR=FILE. Each set is
scored by a fit on all the others, and those of
--report-only by one on all sets: no ad has had a say in its own confidence. For each set: accuracy,
mean confidence and calibration error (10 bins of equal size) by level; and what a target accuracy
leaves: the share of ads that get a code, how many of those are right as far as they go, and the
same of codes of four digits. --titles fits the models of titles alone in that language, and takes
all others as they are shipped. --write puts the fit on all LABELLED into FILE.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.labelled import draw
from isco.core.calibration import LEVELS, Calibration
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.records import Ad
from isco.retriever.deciding.calibration_files import SHIPPED, load_calibration, write_calibration
from isco.retriever.deciding.calibration_fitting import (
    ScoredEvidence,
    equal_sets,
    fit_calibration,
    fit_titles,
)
from isco.retriever.deciding.evidence import Evidence
from isco.retriever.factory import open_classifier
from isco.retriever.pipeline import Classifier
from isco.retriever.reading.inputs import chunks
from isco.retriever.reading.text_files import read_ads

ScoredSet = list[tuple[Evidence, str]]
BINS = 10


def score(path: str, classifier: Classifier, sample: int, settings: Any) -> ScoredSet:
    """Evidence and gold code of up to `sample` ads of a labelled file."""
    ads = [row for row in read_ads(path, settings.input) if isinstance(row, Ad) and row.isco_code]
    ads = draw(ads, sample)
    found = [item for part in chunks(ads, 256) for item in classifier.classify_with_ranking(part)]
    return [
        (item.evidence, ad.isco_code or "")
        for ad, item in zip(ads, found, strict=True)
        if item.evidence
    ]


class Scoring:
    """Scores sets over the taxonomies that they name, each opened once."""

    def __init__(self, data_dir: Path | None, sample: int) -> None:
        self._data_dir = data_dir
        self._sample = sample
        self._opened: dict[str, tuple[Classifier, Any]] = {}
        self.embedding = ""

    def of(self, path: str) -> ScoredSet:
        """Evidence and gold codes of a set, DIR=FILE or FILE alone."""
        folder, _, file = path.rpartition("=")
        if folder not in self._opened:
            data_dir = Path(folder) if folder else self._data_dir
            flags: dict[str, Any] = {"data_dir": data_dir} if data_dir else {}
            settings = load_settings(flags={**flags, "confidence.fit": None})
            embedder = open_embedder(settings.embedding)
            self.embedding = embedder.name
            classifier = open_classifier(settings, embedder, with_llm=False)
            self._opened[folder] = (classifier, settings)
        classifier, settings = self._opened[folder]
        return score(file, classifier, self._sample, settings)


def name_of(path: str) -> str:
    """The set's name in the table: that of its file, with the folder that it names."""
    folder, _, file = path.rpartition("=")
    return f"{Path(file).stem} ({Path(folder).name})" if folder else Path(file).stem


def calibration_error(confidences: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    """Mean distance of confidence and accuracy over bins of equal size."""
    order = np.argsort(confidences, kind="stable")
    return float(
        sum(
            abs(confidences[part].mean() - right[part].mean()) * len(part)
            for part in np.array_split(order, BINS)
            if len(part)
        )
        / len(order)
    )


def measure(scored: ScoredSet, fit: Calibration, target: float, embedding: str) -> dict[str, Any]:
    """All figures of one set under a fit that has not seen it, asked for that embedding model."""
    rows = [ScoredEvidence(evidence, gold) for evidence, gold in scored]
    sure = [fit.probabilities(row.evidence, embedding) for row in rows]
    levels = {}
    for level in LEVELS:
        confidences = np.array([found[level] for found in sure])
        right = np.array([row.right(level) for row in rows])
        levels[level] = {
            "accuracy": float(right.mean()),
            "confidence": float(confidences.mean()),
            "error": calibration_error(confidences, right),
        }
    answered = [
        (row, next((level for level in LEVELS if found[level] >= target), None))
        for row, found in zip(rows, sure, strict=True)
    ]
    given = [(row, level) for row, level in answered if level]
    whole = [row.right(level) for row, level in given if level == LEVELS[0]]
    return {
        "n": len(rows),
        "levels": levels,
        "coverage": len(given) / len(rows),
        "four_digits": len(whole) / len(rows),
        "four_right": sum(whole) / max(len(whole), 1),
        "right": sum(row.right(level) for row, level in given) / max(len(given), 1),
    }


@click.command()
@click.argument("labelled", nargs=-1, required=True)
@click.option("--report-only", multiple=True)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--sample", default=3000, show_default=True, help="Most ads taken from a set.")
@click.option("--target", default=0.9, show_default=True, help="Target accuracy.")
@click.option("--by-share", is_flag=True, help="Go by the share alone, as for other models.")
@click.option("--titles", metavar="LANGUAGE", help="Fit what titles alone in it go by.")
@click.option("--origin", default="labelled sets named on the command line", show_default=True)
@click.option("--write", type=click.Path(path_type=Path), help="File for the fit on all LABELLED.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: tuple[str, ...], report_only: tuple[str, ...], data_dir: Path | None, sample: int,
    target: float, by_share: bool, titles: str | None, origin: str, write: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Print how well confidences hold on sets that they were not fitted on."""
    scored = Scoring(data_dir, sample)
    sets = {name_of(path): scored.of(path) for path in (*labelled, *report_only)}
    fitted = [name_of(path) for path in labelled]

    def fit(names: Sequence[str]) -> Calibration:
        seen = equal_sets([sets[n] for n in names])
        if titles is None:
            return fit_calibration(seen, origin, scored.embedding)
        shipped = load_calibration(SHIPPED)
        return replace(shipped, titles={**shipped.titles, titles: fit_titles(seen)})

    asked_for = "" if by_share else scored.embedding
    figures = {
        name: measure(scored, fit([n for n in fitted if n != name]), target, asked_for)
        for name, scored in sets.items()
    }
    if write:
        write_calibration(write, fit(fitted))
    if as_json:
        click.echo(json.dumps(figures))
        return
    click.echo(
        "| set | n | "
        + " | ".join(f"{level} digits" for level in LEVELS)
        + f" | answered at {target}, right | with 4 digits, right |"
    )
    click.echo("|---|---|" + "---|" * (len(LEVELS) + 2))
    for name, found in figures.items():
        cells = (
            f"{v['accuracy']:.3f}, says {v['confidence']:.3f}, error {v['error']:.3f}"
            for v in found["levels"].values()
        )
        click.echo(
            f"| {name} | {found['n']} | "
            + " | ".join(cells)
            + f" | {found['coverage']:.3f}, {found['right']:.3f}"
            + f" | {found['four_digits']:.3f}, {found['four_right']:.3f} |"
        )


if __name__ == "__main__":
    main()
