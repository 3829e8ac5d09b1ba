"""A real Qdrant server for the tests, where the environment names one that holds no taxonomy.

ISCO_TEST_QDRANT_URL is its address, ISCO_TEST_QDRANT_GRPC_PORT its port for gRPC, over which the
same tests run then. What tests make there is removed when they end, and what a killed run left when
the next one begins. One test at a time has the server.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from qdrant_client import QdrantClient

from isco.core.store.metadata import is_ours

URL = os.environ.get("ISCO_TEST_QDRANT_URL")
GRPC_PORT = os.environ.get("ISCO_TEST_QDRANT_GRPC_PORT")
REAL_MODES = (*(("real",) if URL else ()), *(("real over grpc",) if URL and GRPC_PORT else ()))
_PREFIX = "isco_test_"


@contextmanager
def real_server(mode: str) -> Iterator[dict[str, Any]]:
    """Settings for the real server under names of this test's own, over what `mode` says."""
    name = f"{_PREFIX}{uuid.uuid4().hex}"
    settings: dict[str, Any] = {
        "qdrant__mode": "server",
        "qdrant__url": URL,
        "qdrant__alias": name,
        "qdrant__ads_collection": f"{name}_ads",
        "qdrant__labelled_collection": f"{name}_labelled",
    }
    if mode == "real over grpc":
        settings |= {"qdrant__prefer_grpc": True, "qdrant__grpc_port": int(str(GRPC_PORT))}
    client = QdrantClient(url=URL, check_compatibility=False)
    with _alone():
        _clear(client)
        before = _names(client)
        if any(map(is_ours, before)):
            pytest.fail(f"{URL} holds a taxonomy, which these tests would prune: name another one")
        try:
            yield settings
        finally:
            for made in _names(client) - before:
                client.delete_collection(made)
            client.close()


def _clear(client: QdrantClient) -> None:
    """Remove what earlier tests left: it has their names, or says that it was made for one."""
    for name in _names(client):
        made_for = (client.get_collection(name).config.metadata or {}).get("alias")
        if name.startswith(_PREFIX) or str(made_for).startswith(_PREFIX):
            client.delete_collection(name)


def _names(client: QdrantClient) -> set[str]:
    return {found.name for found in client.get_collections().collections}


@contextmanager
def _alone() -> Iterator[None]:
    """Whoever else tests on this machine waits; Windows knows no such lock."""
    with Path(gettempdir(), "isco-test-qdrant.lock").open("w") as file:
        with suppress(ImportError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
