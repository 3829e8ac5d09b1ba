"""What forked processes begin with: the stand-in embedding, then all that commands import and read
whatever their ads are, so that kills strike the work itself."""

import importlib

from isco.core import embedding
from isco.core.config import load_settings
from isco.core.records import Ad
from tests.campaign.isco import StandIn

# Before anything else is imported that would keep the real one.
embedding.open_embedder = StandIn  # type: ignore[assignment]

for module in (
    "isco.core.store", "isco.ingest.load", "isco.ingest.linear_classifier", "isco.cli.classify",
    "isco.cli.ingest", "isco.cli.learn", "isco.cli.search", "isco.retriever.factory",
    "isco.retriever.learning.learn", "isco.retriever.learning.refitting", "qdrant_client",
    "isco.retriever.running.opening", "isco.retriever.running.writers", "scipy.sparse",
    "sklearn.linear_model",
):  # fmt: skip
    importlib.import_module(module)

from isco.retriever.preparing.preprocessor import Preprocessor  # noqa: E402

Preprocessor(load_settings(environment={}), ["en", "de"]).preprocess(
    Ad("1", "Cook, Leeds", "x" * 99)
)
