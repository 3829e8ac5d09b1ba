"""Occupations and national codes of titles whose occupation and national code are known.

    python -m benchmarks.crosswalks TITLES=TABLE... --data-dir DIR [--sample N] [--json]

TITLES are titles of a national classification, TABLE its mapping to ESCO, in which each title is
the label of a target: that is its national code, and the occupations of the strongest relation are
its occupations. The taxonomy in DIR must not have these titles as names (`isco ingest --names`).
Fitted is on every second title, reported on the others. That a title is its own target's label
would make finding it a matter of looking up: so its label is withheld, as if the table had none
for that target, and what the look-up would give stands in a row of its own. How much the likeness
to labels may count is fitted on names of another author: ESCO's own names of occupations of which
one target of several is the exact one.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.crosswalk_cases import read_cases
from benchmarks.crosswalk_fits import fitted_sharpness, fitted_temperature, own_names
from benchmarks.crosswalk_measures import (
    LOOKED_UP,
    PLAIN,
    WAYS,
    measured_occupations,
    measured_plain,
    measured_targets,
)
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.settings import CrosswalkFile
from isco.crosswalk.crosswalks import taxonomy_in_use
from isco.crosswalk.joining import Crosswalk
from isco.crosswalk.table_files import read_table
from isco.crosswalk.weighing import LIKENESS, RELATIONS, link_shares
from isco.retriever.deciding.occupations import TEMPERATURE
from isco.retriever.factory import open_classifier


@click.command()
@click.argument("sets", nargs=-1, required=True, metavar="TITLES=TABLE...")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--sample", default=1000, show_default=True, help="Most titles taken from a set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(sets: tuple[str, ...], data_dir: Path | None, sample: int, as_json: bool) -> None:
    """Print what is fitted on one half, and how right occupations and codes are on the other."""
    settings = load_settings(flags={"data_dir": data_dir} if data_dir else {})
    classifier = open_classifier(settings, open_embedder(settings.embedding), with_llm=False)
    taxonomy = taxonomy_in_use(settings)
    figures: dict[str, Any] = {
        "used": {
            "temperature": TEMPERATURE,
            "sharpness": LIKENESS,
            "relations": {str(key): value for key, value in RELATIONS.items()},
        }
    }
    for each in sets:
        titles, _, table = each.partition("=")
        crosswalk = Crosswalk.of(read_table(CrosswalkFile(file=Path(table))), taxonomy)
        cases = read_cases(titles, crosswalk, classifier, sample)
        fit, report = cases[::2], cases[1::2]
        languages = [case.prediction.language for case in cases]
        language = max(set(languages) & set(classifier.searchers.languages), key=languages.count)
        names = own_names(crosswalk, classifier.searchers[language].index.concepts)
        figures[Path(titles).stem] = {
            "n": len(report),
            "level": crosswalk.levels[0] if crosswalk.levels else None,
            "fitted": {
                "temperature": fitted_temperature(fit),
                "likeness": fitted_sharpness(names, crosswalk.table) if names else None,
            },
            "occupations": measured_occupations(report),
            "targets": {
                PLAIN: measured_plain(report, crosswalk),
                **{n: measured_targets(report, crosswalk, way) for n, way in WAYS.items()},
                LOOKED_UP: measured_targets(report, crosswalk, link_shares, withheld=False),
            },
        }
    click.echo(json.dumps(figures) if as_json else as_text(figures))


def as_text(figures: Mapping[str, Any]) -> str:
    """The tables."""
    sets = {name: found for name, found in figures.items() if name != "used"}
    lines = [f"used: {figures['used']}", ""]
    lines += [f"{name}: fitted on the other half {found['fitted']}" for name, found in sets.items()]
    lines += [
        "",
        "| titles | n | code right | occupation right | where the code is | says | error |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in sets.items():
        o = found["occupations"]
        lines.append(
            f"| {name} | {o['n']} | {o['code']:.3f} | {o['right']:.3f} | "
            f"{o['of right codes']:.3f} | {o['says']:.3f} | {o['error']:.3f} |"
        )
    lines += [
        "",
        "| titles | way | code right | among five | shorter code right | says | error | clear |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, found in sets.items():
        for way, t in found["targets"].items():
            shorter = "–" if np.isnan(t["shorter"]) else f"{t['shorter']:.3f}"
            lines.append(
                f"| {name} ({found['n']}) | {way} | {t['right']:.3f} | {t['five']:.3f} | "
                f"{shorter} | {t['says']:.3f} | {t['error']:.3f} | {t['one']:.3f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
