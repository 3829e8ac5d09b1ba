"""Where Qdrant is, and whether there can be anything in it. Asks nobody, changes nothing."""

from urllib.parse import urlsplit

from isco.core.redaction import redacted
from isco.core.settings import Settings


def qdrant_place(settings: Settings) -> str:
    """Where Qdrant is, in words: "folder /data/qdrant", "http://localhost:6333" or "memory"."""
    if settings.qdrant.mode == "server":
        return redacted(settings.qdrant.url)
    if settings.qdrant.mode == "local":
        return f"folder {settings.qdrant_path.absolute()}"
    return "memory"


def place_as_kept(settings: Settings) -> str:
    """As `qdrant_place`, for what is kept in `data_dir` beside it: the same in a copy of all."""
    if settings.qdrant.mode == "local":
        path, folder = settings.qdrant_path.absolute(), settings.data_dir.absolute()
        if path.is_relative_to(folder):
            return f"folder {path.relative_to(folder).as_posix()} in data_dir"
    return qdrant_place(settings)


def asked_address(settings: Settings) -> str:
    """The address that requests go to, gRPC's where that is spoken; else as `qdrant_place`."""
    qdrant = settings.qdrant
    if qdrant.mode != "server" or not qdrant.prefer_grpc:
        return qdrant_place(settings)
    return f"{urlsplit(qdrant.url).hostname}:{qdrant.grpc_port} (gRPC)"


def nothing_stored(settings: Settings) -> bool:
    """Whether there is no Qdrant yet: opening the embedded one would make its folder."""
    return settings.qdrant.mode == "local" and not settings.qdrant_path.exists()
