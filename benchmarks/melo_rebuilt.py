"""MELO's datasets as far as ESCO and the offices' mapping tables give them again, as folders.

    python -m benchmarks.melo_rebuilt TITLES FOLDER --table TABLE --source ESCO --language LANGUAGE

TITLES are titles of a national classification as JSON lines, with the unit group that MELO's own
annotations lead to; TABLE maps them to ESCO. The names are all those of all occupations in that
language, one element each as in the benchmark; right are those of the occupation that the table
has for the title in its unit group, an exact match rather than another. Titles without any are left
out and counted. `isco evaluate --melo FOLDER` measures it. It is no dataset of the benchmark: that
has other names beside (33,606 in English for 32,975 here), and other titles where the table has
changed since; the same baseline on both says how far they are comparable.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from isco.core.config import load_settings
from isco.core.names import name_key
from isco.core.records import Ad, Concept, Kind
from isco.core.settings import CrosswalkFile
from isco.crosswalk.links import Link, Relation
from isco.crosswalk.sources import Taxonomy
from isco.crosswalk.table_files import read_table
from isco.evaluation.melo_files import ANNOTATIONS, CONCEPTS, ELEMENTS, QUERIES
from isco.ingest.plan import prepare
from isco.retriever.reading.text_files import read_ads


def occupations_of(ad: Ad, links: Sequence[Link], taxonomy: Taxonomy) -> tuple[str, ...]:
    """URIs of the occupations in the ad's unit group that its links lead to: of exact matches
    where there are such."""
    found: defaultdict[bool, dict[str, None]] = defaultdict(dict)
    for link in links:
        uri = taxonomy.source(link).uri
        if uri and taxonomy.units[uri] == ad.isco_code:
            found[link.relation == Relation.EXACT][uri] = None
    return tuple(found[True] or found[False])


def write_folder(
    folder: Path, ads: Sequence[Ad], right: Mapping[str, Sequence[str]], leaves: Sequence[Concept]
) -> dict[str, int]:
    """The dataset of the ads that have something right, in the benchmark's layout."""
    names = [(leaf.uri, name) for leaf in leaves for name in leaf.labels]
    elements: defaultdict[str, list[str]] = defaultdict(list)
    for number, (uri, _) in enumerate(names, start=1):
        elements[uri].append(f"C{number:06}")
    asked = [(f"Q{number:06}", ad) for number, ad in enumerate(ads, start=1) if right[ad.id]]
    lines = {
        QUERIES: [(query, ad.title) for query, ad in asked],
        ELEMENTS: [(f"C{number:06}", name) for number, (_, name) in enumerate(names, start=1)],
        CONCEPTS: [(f"C{number:06}", uri) for number, (uri, _) in enumerate(names, start=1)],
        ANNOTATIONS: [
            (query, "0", element, "1")
            for query, ad in asked
            for uri in right[ad.id]
            for element in elements[uri]
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for file, rows in lines.items():
        text = "".join("\t".join(row) + "\n" for row in rows)
        (folder / file).write_text(text, encoding="utf-8")
    several = Counter(len(right[ad.id]) for _, ad in asked)
    return {
        "queries": len(asked),
        "of several occupations": len(asked) - several[1],
        "left out": len(ads) - len(asked),
        "elements": len(names),
    }


@click.command()
@click.argument("titles", type=click.Path(exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--table", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--source", required=True, help="What `isco ingest` reads.")
@click.option("--language", required=True, help="Of the names.")
def main(titles: str, folder: Path, table: Path, source: str, language: str) -> None:
    """Write the folder, and print what is in it."""
    keys = {"taxonomy.language": language, "taxonomy.everyday_names": False}
    settings = load_settings(flags=keys)
    leaves = [leaf for leaf in prepare(settings, source).leaves if leaf.kind != Kind.GROUP]
    taxonomy = Taxonomy.of(leaves)
    by_label: defaultdict[str, list[Link]] = defaultdict(list)
    for link in read_table(CrosswalkFile(file=str(table), name=table.stem)).links:
        by_label[name_key(link.label)].append(link)
    ads = [row for row in read_ads(titles, settings.input) if isinstance(row, Ad)]
    right = {ad.id: occupations_of(ad, by_label[name_key(ad.title)], taxonomy) for ad in ads}
    click.echo(json.dumps(write_folder(folder, ads, right, leaves)))


if __name__ == "__main__":
    main()
