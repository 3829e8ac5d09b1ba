"""A disk that nobody waits for."""

import sqlite3
from typing import Any

import pytest


def do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits that leave it to the system when to write: the embedded Qdrant makes one a point.

    What a killed process has committed is there all the same; only a dead machine would lose it.
    """
    connect = sqlite3.connect

    def connect_loosely(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_loosely)
