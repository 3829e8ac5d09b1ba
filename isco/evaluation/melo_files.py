"""Read a dataset of the MELO benchmark: a folder of tab-separated files without header.

- queries.tsv: query, title
- corpus_elements.tsv: element, occupation name; every name of every concept is an element
- annotations.tsv: query, 0, element, relevance; above 0 the name is one of the right concept
- concept_mapping.tsv, where there is one: element, URI of its concept

Source of the layout: Avature/melo-benchmark, as of its release for Retyk et al. (2024).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from isco.core.errors import InputError

QUERIES = "queries.tsv"
ELEMENTS = "corpus_elements.tsv"
ANNOTATIONS = "annotations.tsv"
CONCEPTS = "concept_mapping.tsv"

_COLUMNS = {
    QUERIES: ("query", "title"),
    ELEMENTS: ("element", "name"),
    ANNOTATIONS: ("query", "iteration", "element", "relevance"),
    CONCEPTS: ("element", "concept"),
}


@dataclass(frozen=True, slots=True)
class MeloDataset:
    """Titles and names by identifier, in the order of the files; right elements by query.

    Queries without a right element are not in `relevant`. `concept_of` has the URI of the concept
    that a name belongs to; it is None where the dataset doesn't say that.
    """

    name: str
    queries: Mapping[str, str]
    elements: Mapping[str, str]
    relevant: Mapping[str, frozenset[str]]
    concept_of: Mapping[str, str] | None

    @property
    def concepts(self) -> int | None:
        """How many concepts the names belong to."""
        return None if self.concept_of is None else len(set(self.concept_of.values()))


@dataclass(frozen=True, slots=True)
class _Line:
    """The cells of one line, by the names of its columns, and where it stands."""

    path: Path
    number: int
    cells: Mapping[str, str]

    def wrong(self, column: str, problem: str) -> NoReturn:
        """Raise InputError naming file, line and column."""
        position = list(self.cells).index(column) + 1
        raise InputError(
            f"{self.path}, line {self.number}, column {position} ({column}): {problem}"
        )

    def known(self, column: str, among: Mapping[str, str], file: str) -> str:
        """The identifier in `column`, which must stand in `file`."""
        if self.cells[column] not in among:
            self.wrong(column, f"{self.cells[column]!r} is not in {file}")
        return self.cells[column]


def read_melo(folder: Path) -> MeloDataset:
    """The dataset in `folder`.

    Raises InputError naming file, line and column where it does not have that layout.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; a MELO dataset is one, with {QUERIES} in it")
    queries = _by_identifier(folder / QUERIES)
    elements = _by_identifier(folder / ELEMENTS)
    relevant = _relevant(folder / ANNOTATIONS, queries, elements)
    mapping = folder / CONCEPTS
    return MeloDataset(
        name=folder.resolve().name,
        queries=queries,
        elements=elements,
        relevant=relevant,
        concept_of=_concepts(mapping, elements) if mapping.exists() else None,
    )


def _by_identifier(path: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    identifier, text = _COLUMNS[path.name]
    for line in _lines(path):
        if line.cells[identifier] in texts:
            line.wrong(identifier, f"{line.cells[identifier]!r} stands in an earlier line too")
        texts[line.cells[identifier]] = line.cells[text]
    return texts


def _relevant(
    path: Path, queries: Mapping[str, str], elements: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in _lines(path):
        query = line.known("query", queries, QUERIES)
        element = line.known("element", elements, ELEMENTS)
        try:
            relevance = int(line.cells["relevance"])
        except ValueError:
            line.wrong("relevance", f"{line.cells['relevance']!r} is not a whole number")
        if relevance > 0:
            found[query].add(element)
    if not found:
        raise InputError(f"{path} has no element with a relevance above 0: nothing to find")
    return {query: frozenset(found[query]) for query in queries if query in found}


def _concepts(path: Path, elements: Mapping[str, str]) -> dict[str, str]:
    return {
        line.known("element", elements, ELEMENTS): line.cells["concept"] for line in _lines(path)
    }


def _lines(path: Path) -> Iterator[_Line]:
    """The lines of a file, blank ones left out. InputError without any, or with missing cells."""
    columns = _COLUMNS[path.name]
    number = 0
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                line = _line(path, number, raw, columns)
                if line:
                    yield line
    except OSError as error:
        raise InputError(f"can't read {path}: {error.strerror or error}") from error
    if not number:
        raise InputError(f"{path} is empty")


def _line(path: Path, number: int, raw: bytes, columns: Sequence[str]) -> _Line | None:
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        column = columns[min(raw[: error.start].count(b"\t"), len(columns) - 1)]
        _Line(path, number, dict.fromkeys(columns, "")).wrong(
            column, f"not UTF-8 (byte {error.start})"
        )
    if not text.strip():
        return None
    cells = [cell.strip() for cell in text.rstrip("\r\n").split("\t")]
    line = _Line(path, number, dict(zip(columns, [*cells, *columns], strict=False)))
    if len(cells) > len(columns):
        line.wrong(columns[-1], f"{len(columns)} columns are expected, not {len(cells)}")
    for column, cell in zip(columns, [*cells, *[""] * len(columns)], strict=False):
        if not cell:
            line.wrong(column, f"empty; expected are {', '.join(columns)}, parted by tabs")
    return line
