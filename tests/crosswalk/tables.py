"""A small taxonomy, and tables over it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from isco.core.records import Kind, Occupation
from isco.core.settings import CrosswalkFile
from isco.crosswalk.joining import Crosswalk
from isco.crosswalk.links import LinkTable
from isco.crosswalk.sources import Taxonomy
from isco.crosswalk.table_files import read_table
from tests.support.doubles import make_concept

COOK, PASTRY = make_concept("5120", "cook", "chef"), make_concept("5120", "pastry cook")
BAKER = make_concept("7512", "baker")
GROUP = replace(make_concept("9111", "Cleaners"), kind=Kind.GROUP)
TAXONOMY = Taxonomy.of([COOK, PASTRY, BAKER, GROUP])
ESCO = "http://data.europa.eu/esco"


def read(folder: Path, text: str | bytes, file: str = "table.csv", **wanted: object) -> LinkTable:
    """A table of that content."""
    path = folder / file
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_table(CrosswalkFile.model_validate({"file": path, **wanted}))


def crosswalk(folder: Path, rows: Sequence[str], header: str = "", **wanted: object) -> Crosswalk:
    """A table of those rows over the small taxonomy."""
    header = header or "uri,isco title,target_code,target_label,relation,weight"
    return Crosswalk.of(read(folder, "\n".join((header, *rows)), **wanted), TAXONOMY)


def likely(*found: tuple[object, float]) -> list[Occupation]:
    """Occupations of concepts with their probabilities."""
    return [
        Occupation(leaf.uri, leaf.label, leaf.isco_code, share)  # type: ignore[attr-defined]
        for leaf, share in found
    ]
