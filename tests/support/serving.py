"""The service over a small taxonomy, embedded by the double, in this process or listening."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from isco.core.records import Ad
from isco.core.settings import Settings
from isco.retriever.running.writers import JsonLines
from isco.serve.engine import Engine
from isco.serve.running import address_of, bound, server_of
from tests.support.doubles import HashingEmbedder
from tests.support.small_taxonomy import load

SOON = 20


def predictions_file(engine: Engine, ads: Sequence[Ad], path: Path) -> Path:
    """What `isco classify` writes of these ads."""
    found = engine.loaded.classifier.classify_batch(ads)
    path.write_bytes(b"".join(JsonLines().encode(each) for each in found))
    return path


def engine_over(settings: Settings) -> Engine:
    """An engine that has loaded the small taxonomy, which is ingested first."""
    load(settings, HashingEmbedder())
    engine = Engine(settings, lambda _: HashingEmbedder())
    engine.load()
    return engine


@contextmanager
def listening(engine: Engine, **given: object) -> Iterator[tuple[str, uvicorn.Server]]:
    """A real server of an engine that works already, and its address."""
    server = server_of(engine, **given)
    with bound("127.0.0.1", 0) as socket:
        # Signals are the main thread's.
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
        thread.start()
        until = time.monotonic() + SOON
        while not server.started and time.monotonic() < until:
            thread.join(0.01)
        assert server.started
        try:
            yield address_of(socket), server
        finally:
            server.should_exit = True
            thread.join(SOON)
