"""The service at its address, until it is told to end."""

import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from isco.core.errors import UnavailableError
from isco.core.settings import Settings
from isco.serve.app import make_app
from isco.serve.desk.desk import Desk, open_desk
from isco.serve.desk.queued import read_queue
from isco.serve.engine import Engine
from isco.serve.guard import require_token

# Connections that wait to be accepted; seconds for which one without a request is kept.
_BACKLOG = 2048
_KEPT_ALIVE = 10


@dataclass(frozen=True, slots=True)
class DeskAsked:
    """A desk for the predictions in `codes`, kept at `path`: see `read_queue`."""

    codes: str
    path: Path
    ads: str | None
    below: float
    budget: int | None


def serve(settings: Settings, told: Callable[[str], None], asked: DeskAsked | None = None) -> None:
    """Serve until the process is told to end, with the desk that is `asked` for, if one is.

    `told` is given the address once it listens.

    Requests under way are finished then, for up to `serve.grace` seconds. Raises ConfigError
    without a token where others can reach it, InputError for what are no predictions,
    UnavailableError where the address or the desk can't be had or nothing is ingested.
    """
    require_token(settings.serve)
    with ExitStack() as open_:
        listening = open_.enter_context(bound(settings.serve.host, settings.serve.port))
        desk = None
        if asked:
            queue = read_queue(asked.codes, asked.ads, settings, asked.below, asked.budget)
            desk = open_.enter_context(open_desk(asked.path, queue, settings.serve))
        engine = Engine(settings)
        engine.load()
        open_.enter_context(engine)
        told(address_of(listening))
        given = (asked.path, asked.codes) if asked else ()
        server_of(engine, desk, *given).run(sockets=[listening])


def server_of(
    engine: Engine, desk: Desk | None = None, path: Path = Path(), codes: str = ""
) -> uvicorn.Server:
    """A server of that engine's application, not running yet; arguments as of `make_app`."""
    settings = engine.settings.serve
    config = uvicorn.Config(
        make_app(engine, desk, path, codes),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEPT_ALIVE,
        timeout_graceful_shutdown=settings.grace,
        ws="none",
        lifespan="off",
    )
    return uvicorn.Server(config)


def bound(host: str, port: int) -> socket.socket:
    """A socket at that address. Raises UnavailableError where another has it, or there is none."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            # Who comes before the server has begun waits for it.
            found.listen(_BACKLOG)
        except OSError:
            found.close()
            raise
    except OSError as error:
        raise UnavailableError(
            f"can't listen at {host} port {port} ({error.strerror or error}): choose another "
            "with --port, or 0 for any that is free"
        ) from error
    return found


def address_of(listening: socket.socket) -> str:
    """What to open in a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
