"""Where Qdrant is, and whether there can be anything in it. Asks nobody, changes nothing."""

from isco.core.redaction import redacted
from isco.core.settings import Settings


def qdrant_place(settings: Settings) -> str:
    """Where Qdrant is, in words: "folder /data/qdrant", "http://localhost:6333" or "memory"."""
    if settings.qdrant.mode == "server":
        return redacted(settings.qdrant.url)
    if settings.qdrant.mode == "local":
        return f"folder {settings.qdrant_path.absolute()}"
    return "memory"


def nothing_stored(settings: Settings) -> bool:
    """Whether there is no Qdrant yet: opening the embedded one would make its folder."""
    return settings.qdrant.mode == "local" and not settings.qdrant_path.exists()
