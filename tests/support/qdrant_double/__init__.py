"""A Qdrant server on loopback: REST and gRPC over the embedded Qdrant, held to its contract.

What it can't show is what only a real server does: HNSW, replication.
"""

from tests.support.qdrant_double.contract import Contract
from tests.support.qdrant_double.faults import (
    Fault,
    answer_with,
    change_points,
    cut_connection,
    lose_answer,
)
from tests.support.qdrant_double.limits import Keys, Limits
from tests.support.qdrant_double.server import QdrantDouble, Request

__all__ = [
    "Contract",
    "Fault",
    "Keys",
    "Limits",
    "QdrantDouble",
    "Request",
    "answer_with",
    "change_points",
    "cut_connection",
    "lose_answer",
]
