"""A desk over the small taxonomy as a process of its own, which can be killed.

python -m tests.support.desk_service DATA_DIR CODES PORT
"""

import sys
from pathlib import Path

from isco.core.config import load_settings
from isco.serve.desk.desk import open_desk
from isco.serve.desk.queued import read_queue
from isco.serve.engine import Engine
from isco.serve.running import address_of, bound, server_of
from tests.support.doubles import HashingEmbedder


def main(data_dir: str, codes: str, port: str) -> None:
    """Serve until killed."""
    flags = {"data_dir": data_dir, "serve.double": 0}
    settings = load_settings(environment={}, flags=flags)
    path = Path(f"{codes}.desk.sqlite3")
    queue = read_queue(codes, None, settings, 1.0, None)
    engine = Engine(settings, lambda _: HashingEmbedder())
    engine.load()
    with open_desk(path, queue, settings.serve) as desk, engine, bound("127.0.0.1", int(port)) as s:
        print(address_of(s), flush=True)
        server_of(engine, desk, path).run(sockets=[s])


if __name__ == "__main__":
    main(*sys.argv[1:])
