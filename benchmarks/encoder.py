"""What does an adapter of the encoder bring, set by set?

    python -m benchmarks.encoder SOURCE LABELLED... [--adapter FILE]... [--language en]
        [--names SOURCE]... [--data-dir DIR] [--sample N] [--json]

SOURCE is an ESCO download, or "starter"; vectors are kept in DIR. Each set is searched with the
encoder as it came, with the bundled adapter, and with each that is given, in these languages of
SOURCE, without everyday names in others: accuracy of the first code, and recall of the code among
the first ten. Titles that are to the letter a name in one of --names, what an adapter was trained
on say, are left out and counted.
"""

import json
from pathlib import Path
from typing import Any

import click

from benchmarks.languages import labelled, measured
from benchmarks.taxonomies import classifier_over
from isco.core.names import name_key
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.training.material import read_material

WITHOUT, BUNDLED = "without", "occupations"


def unseen(path: Path, settings: Settings, sample: int, names: set[str]) -> tuple[list[Ad], int]:
    """Up to `sample` ads of a file, and how many were left out because their title is a name."""
    ads = labelled(path, settings, sample)
    kept = [ad for ad in ads if name_key(ad.title) not in names]
    return kept, len(ads) - len(kept)


def names_of(sources: tuple[str, ...]) -> set[str]:
    """All names of occupations in `sources`, in all their languages, without case."""
    if not sources:
        return set()
    material = read_material(sources)
    return {
        name_key(name)
        for one in material.occupations
        for names in one.names.values()
        for name in names
    }


@click.command()
@click.argument("source")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--adapter", "adapters", multiple=True, type=click.Path(path_type=Path, exists=True))
@click.option("--language", default="en", show_default=True, help="The main one, and the others.")
@click.option("--names", multiple=True, help="Sources whose names are left out of the sets.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where vectors are kept.")
@click.option("--sample", default=1000, show_default=True, help="Most ads taken from a set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    source: str,
    files: tuple[Path, ...],
    adapters: tuple[Path, ...],
    language: str,
    names: tuple[str, ...],
    data_dir: Path | None,
    sample: int,
    as_json: bool,
) -> None:
    """Print accuracy and recall@10, a row a set, a column an adapter."""
    known = names_of(names)
    figures: dict[str, dict[str, Any]] = {}
    compared = {WITHOUT: None, BUNDLED: BUNDLED} | {path.name: path for path in adapters}
    for column, adapter in compared.items():
        flags = {
            "taxonomy.language": language, "taxonomy.everyday_languages": [],
            "embedding.adapter": adapter,
        }  # fmt: skip
        classifier, settings = classifier_over(source, data_dir, flags)
        for path in files:
            ads, left_out = unseen(path, settings, sample, known)
            found = measured(ads, classifier, ads)
            row = figures.setdefault(path.stem, {"ads": len(ads), "left_out": left_out})
            row[column] = [found["accuracy"], found["recall@10"]]
    if as_json:
        click.echo(json.dumps(figures))
        return
    click.echo(f"| set (ads, left out) | {' | '.join(compared)} |")
    click.echo(f"|---{'|---' * len(compared)}|")
    for name, row in figures.items():
        cells = " | ".join("{:.3f} / {:.3f}".format(*row[column]) for column in compared)
        click.echo(f"| {name} ({row['ads']}, {row['left_out']}) | {cells} |")


if __name__ == "__main__":
    main()
