"""A download's own names in one of its languages, as labelled titles to be found without them.

    python -m benchmarks.own_names SOURCE FILE --language LANGUAGE [--number 300] [--seed 0]

FILE gets occupations' preferred names as JSON lines, each with the unit group of its occupation,
drawn without those that the project's everyday names have to the letter; how many these were is
said. The bundled encoder learned from ESCO's names in 23 languages: what it finds of them without
the language's own taxonomy is better than what it finds of other titles.
"""

import json
import random
from pathlib import Path

import click

from isco.core.errors import InputError
from isco.core.names import name_key
from isco.ingest.cleaning import clean_label
from isco.ingest.sources import everyday_names, read_source

MAIN = "en"


@click.command()
@click.argument("source")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--language", required=True, help="Of the names; not the main one.")
@click.option("--number", default=300, show_default=True, help="Most names taken.")
@click.option("--seed", default=0, show_default=True, help="Of the draw.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(source: str, file: Path, language: str, number: int, seed: int, as_json: bool) -> None:
    """Write labelled titles and say how many there are."""
    if language == MAIN:
        raise InputError(f"{MAIN} is what they are searched in")
    taxonomy = read_source(source, MAIN, language)
    ours = {name_key(name.name) for name in everyday_names((language,))}
    texts = taxonomy.further[language]
    named = [
        (clean_label(texts[each.uri].label), each.isco_code)
        for each in taxonomy.occupations
        if each.uri in texts
    ]
    others = [(name, code) for name, code in named if name and name_key(name) not in ours]
    random.Random(seed).shuffle(others)
    with file.open("w", encoding="utf-8") as stream:
        for row, (name, code) in enumerate(others[:number], start=1):
            title = {"id": str(row), "title": name, "language": language, "isco_code": code}
            stream.write(json.dumps(title, ensure_ascii=False) + "\n")
    figures = {"names": len(named), "everyday": len(named) - len(others)}
    if as_json:
        click.echo(json.dumps(figures))
        return
    click.echo(f"{file}: {min(number, len(others))} of {len(named)} names", nl=False)
    click.echo(f", {figures['everyday']} of which are everyday names and were left out")


if __name__ == "__main__":
    main()
