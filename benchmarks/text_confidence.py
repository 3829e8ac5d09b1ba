"""How sure ads with a text are: what moves the confidence of them, cross-fitted.

    python -m benchmarks.text_confidence LABELLED... [--data-dir DIR] [--below 0.6] [--target 0.9]
        [--write FILE] [--json]

needs an ingested taxonomy in DIR. The ads of LABELLED that have a text are classified with all
texts embedded, with none, and with those of ads that this leaves less sure than a bound. What is
said of them is what the shipped models say, as it is; moved by two numbers (Platt 1999); and moved
by how far the answer is ahead by the words of the ad as well. Each ad is judged by what the nine
other tenths of the ads give, ten draws of tenths, their mean. For each: accuracy at 4 digits, mean
confidence, its error (10 bins of equal size), log loss, and how many answers of four digits reach
the target, with how many of these are right. --write puts the calibration with what all ads give
into FILE.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.cascade import ALWAYS, NEVER, Ways
from benchmarks.confidence import calibration_error
from benchmarks.generated_ads import read_source
from isco.core.calibration import AHEAD, LEVELS, Calibration
from isco.core.records import Ad
from isco.retriever.deciding.calibration_files import SHIPPED, load_calibration, write_calibration
from isco.retriever.deciding.calibration_fitting import ScoredEvidence, equal_sets, fit_moving
from isco.retriever.deciding.evidence import Evidence

DIGITS = LEVELS[0]
DRAWS, TENTHS = 10, 10
CASCADE = "unsure"
AS_IT_IS, BY_TWO, BY_WORDS = "as it is", "moved by two numbers", "moved by words, too"
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Evidence of the same ads, their texts read (`ALWAYS`) and not (`NEVER`)."""

    by_way: Mapping[str, Sequence[ScoredEvidence]]

    def __len__(self) -> int:
        return len(self.by_way[NEVER])

    def of(self, rows: Sequence[int], *ways: str) -> list[ScoredEvidence]:
        """Of some ads, in some of the ways."""
        return [self.by_way[way][row] for way in ways for row in rows]

    @staticmethod
    def by(ways: Ways, sets: Sequence[Sequence[Ad]]) -> "Scored":
        """The ads that have evidence with a text, each set counting as much as each other."""
        by_way: dict[str, list[list[tuple[Evidence, str]]]] = {NEVER: [], ALWAYS: []}
        for ads in sets:
            never, always = (ways.classified(way, ads) for way in by_way)
            rows = zip(ads, never, always, strict=True)
            texts = [
                (one.evidence, other.evidence, ad.isco_code or "")
                for ad, one, other in rows
                if one.evidence and one.evidence.unread and other.evidence
            ]
            by_way[NEVER].append([(unread, code) for unread, _, code in texts])
            by_way[ALWAYS].append([(read, code) for _, read, code in texts])
        if not any(by_way[NEVER]):
            raise click.ClickException("none of the ads has a text that is not read")
        return Scored({way: equal_sets(found) for way, found in by_way.items()})


def moving(known: Calibration, by: str, seen: Scored, rows: Sequence[int]) -> Calibration:
    """`known` with what these ads give."""
    if by == AS_IT_IS:
        return replace(known, unread={}, texts={})
    unread = fit_moving(seen.of(rows, NEVER), known)
    if by == BY_TWO:
        return replace(known, unread=unread, texts={})
    texts = fit_moving(seen.of(rows, NEVER, ALWAYS), known, [AHEAD])
    return replace(known, unread=unread, texts=texts)


def cross_fitted(known: Calibration, by: str, seen: Scored) -> dict[str, Doubles]:
    """What is said of each ad, in each of the two ways, by fits on others, shape (ads,)."""
    drawn = np.random.default_rng(1)
    said = {way: np.zeros(len(seen)) for way in (NEVER, ALWAYS)}
    for _ in range(DRAWS):
        tenth = drawn.permutation(len(seen)) % TENTHS
        for part in range(TENTHS):
            fit = moving(known, by, seen, np.flatnonzero(tenth != part).tolist())
            for way, sums in said.items():
                for row in np.flatnonzero(tenth == part):
                    evidence = seen.by_way[way][row].evidence
                    sums[row] += fit.probabilities(evidence, known.embedding)[DIGITS] / DRAWS
    return said


def judged(sure: Doubles, right: Doubles, target: float) -> dict[str, float]:
    """The figures of one row."""
    held = np.clip(sure, 1e-6, 1 - 1e-6)
    answered = sure >= target
    return {
        "accuracy": float(right.mean()),
        "confidence": float(sure.mean()),
        "error": calibration_error(sure, right),
        "log_loss": float(-np.mean(right * np.log(held) + (1 - right) * np.log(1 - held))),
        "answered": float(answered.mean()),
        "answered_right": float(right[answered].mean()) if answered.any() else 0.0,
    }


def figures(known: Calibration, seen: Scored, below: float, target: float) -> dict[str, Any]:
    """By what moves the confidence and by which texts are read."""
    right = {
        way: np.array([one.right(DIGITS) for one in items], dtype=np.float64)
        for way, items in seen.by_way.items()
    }
    table: dict[str, Any] = {}
    for by in (AS_IT_IS, BY_TWO, BY_WORDS):
        said = cross_fitted(known, by, seen)
        stands = said[NEVER] >= below
        said[CASCADE] = np.where(stands, said[NEVER], said[ALWAYS])
        right[CASCADE] = np.where(stands, right[NEVER], right[ALWAYS])
        table[by] = {way: judged(said[way], right[way], target) for way in said}
        table[by][CASCADE]["read"] = float(1 - stands.mean())
    return table


@click.command()
@click.argument("labelled", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--below", default=0.6, show_default=True, help="Texts below are read.")
@click.option("--target", default=0.9, show_default=True, help="Target accuracy.")
@click.option("--write", type=click.Path(path_type=Path), help="File for the calibration.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    labelled: tuple[Path, ...], data_dir: Path | None, below: float, target: float,
    write: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Print how well the confidence of ads with a text holds."""
    sets = [[ad for ad in read_source(path) if ad.isco_code] for path in labelled]
    seen = Scored.by(Ways(data_dir), sets)
    known = load_calibration(SHIPPED)
    if write:
        write_calibration(write, moving(known, BY_WORDS, seen, range(len(seen))))
        return
    found = figures(known, seen, below, target)
    if as_json:
        click.echo(json.dumps({"ads": len(seen), "moved": found}))
        return
    click.echo(
        "| texts read | confidence | 4 digits | says | error | log loss "
        f"| 4 digits at {target}, right |\n|---|---|---|---|---|---|---|"
    )
    for way in (NEVER, ALWAYS, CASCADE):
        for by, rows in found.items():
            one = rows[way]
            name = f"below {below}: {one['read']:.2f}" if "read" in one else way
            click.echo(
                f"| {name} | {by} | {one['accuracy']:.3f} | {one['confidence']:.3f} "
                f"| {one['error']:.3f} | {one['log_loss']:.3f} "
                f"| {one['answered']:.3f}, {one['answered_right']:.3f} |"
            )


if __name__ == "__main__":
    main()
