"""The codes that people may give: the groups of the taxonomy in use, and how they are written."""

from isco.core.embedding import model_identity
from isco.core.settings import Settings
from isco.retriever.factory import read_search_data
from isco.retriever.labelled.labels import LabelReader


def label_reader(settings: Settings) -> LabelReader:
    """Reads codes of the taxonomy in use; its `titles` are those of all groups, by code.

    Raises UnavailableError where nothing is ingested.
    """
    data = read_search_data(settings, model_identity(settings.embedding))
    return LabelReader.of(data.index.concepts, settings.input.isco_code)
