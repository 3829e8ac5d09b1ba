"""Keys of a Qdrant server: which one is used, and who might see it. Needs no client."""

import warnings
from ipaddress import ip_address
from urllib.parse import urlsplit

from isco.core.errors import ConnectionWarning
from isco.core.settings import QdrantSettings


def key_of(qdrant: QdrantSettings, reads_only: bool) -> str | None:
    """The key for a server, the read-only one, where there is one, for who `reads_only`.

    Warns where it travels in the open; on this machine nobody listens.
    """
    key = (qdrant.read_only_api_key if reads_only else None) or qdrant.api_key
    if key is None:
        return None
    parts = urlsplit(qdrant.url)
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        message = f"the key for Qdrant goes to {qdrant.url} unencrypted: https:// encrypts it"
        warnings.warn(message, ConnectionWarning, stacklevel=3)
    return key.get_secret_value()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
