"""One search, exact unless a server forbids that."""

from typing import Any

from qdrant_client import QdrantClient, models

from isco.core.errors import UnavailableError
from isco.core.store.connection import PatientCaller
from isco.core.store.refusals import refusal_of

_FORBIDDEN = "Exact search disabled"


def search_exactly(
    client: QdrantClient, call: PatientCaller, on_server: bool, name: str, **asked: Any
) -> list[models.ScoredPoint]:
    """The hits of a query over a collection, the best first.

    The embedded Qdrant knows only exact search, and complains when asked for it. Where strict mode
    forbids it the server's own search answers.
    """
    if not on_server:
        return call(client.query_points, name, **asked).points
    try:
        exact = models.SearchParams(exact=True)
        return call(client.query_points, name, search_params=exact, **asked).points
    except UnavailableError as error:
        refusal = refusal_of(error)
        if not refusal or _FORBIDDEN not in refusal.text:
            raise
        return call(client.query_points, name, **asked).points
