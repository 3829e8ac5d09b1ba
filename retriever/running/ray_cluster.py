"""Ray, reached or started, and left as it was found."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from isco.core.errors import ConfigError, UnavailableError

# Seconds for a cluster to answer.
_PATIENCE = 10


@contextmanager
def connected_ray(address: str | None) -> Iterator[Any]:
    """Ray, connected; what was connected here is left afterwards, and a Ray of our own ended."""
    # Read by Ray when it starts: it would tell its makers of every start, and talk on the terminal.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
        import ray.exceptions
    except ImportError as error:
        raise UnavailableError(
            "--engine ray needs the extra 'ray': pip install 'isco[ray]'"
        ) from error
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    if ray.is_initialized():
        yield ray
        return
    where = f"at {address}" if address else "on this machine"
    own = {} if address else {"include_dashboard": False}
    try:
        if address:
            _require_somebody(address)
        with _hushed(), _own_handler():
            ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
    except ConfigError:
        raise
    except Exception as error:  # which Ray raises as such where it starts too slowly
        raise UnavailableError(f"Ray {where} can't be reached or started: {error}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _require_somebody(address: str) -> None:
    """Raise OSError where nobody listens, which Ray would take minutes to find out."""
    if "://" in address:
        raise ConfigError(
            f"--address {address}: run the command on a machine of the cluster, and name auto or "
            "HOST:PORT"
        )
    host, _, port = address.rpartition(":")
    if port.isdigit():
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()


@contextmanager
def _own_handler() -> Iterator[None]:
    """SIGTERM stays with who has it: Ray would take it over for good."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


@contextmanager
def _hushed() -> Iterator[None]:
    """Nothing on standard error, not even from libraries that know no levels when they start."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
