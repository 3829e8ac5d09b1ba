"""A dataset of the MELO benchmark as labelled ads: titles whose occupations are known."""

from collections.abc import Mapping
from pathlib import Path

from isco.core.errors import InputError
from isco.core.records import Ad
from isco.evaluation.melo_files import ANNOTATIONS, CONCEPTS, QUERIES, MeloDataset, read_melo


def is_melo(path: str) -> bool:
    """Whether a folder has the layout of the benchmark."""
    return all((Path(path) / name).is_file() for name in (QUERIES, ANNOTATIONS))


def melo_ads(folder: Path) -> list[Ad]:
    """Its titles that have a right occupation, labelled by its URI, or several with | between.

    Raises InputError for a dataset that doesn't say to which concept a name belongs, and as
    `read_melo`.
    """
    dataset = read_melo(folder)
    concept_of = dataset.concept_of
    if concept_of is None:
        raise InputError(
            f"{folder} has no {CONCEPTS}: which occupations are right is not known; --melo "
            f"{folder} ranks its names all the same"
        )
    titles = [(query, dataset.queries[query]) for query in dataset.relevant]
    return [
        Ad(id=query, title=title, row=row, isco_code=_label(dataset, concept_of, query))
        for row, (query, title) in enumerate(titles, start=1)
    ]


def _label(dataset: MeloDataset, concept_of: Mapping[str, str], query: str) -> str:
    """In the order of the file of elements."""
    right = dataset.relevant[query]
    found = (concept_of[element] for element in dataset.elements if element in right)
    return "|".join(dict.fromkeys(found))
