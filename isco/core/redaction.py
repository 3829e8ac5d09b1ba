"""Secrets taken out of all that is shown or written: the one place that knows them.

Settings tell it the keys and passwords that they hold. Error messages, places, what LLM servers
answer and log records go through `redacted`: a server may echo the key that it was sent.
"""

import re
from base64 import b64encode
from urllib.parse import unquote

HIDDEN = "***"
# What is shorter would be hidden in words that have nothing to do with it.
_LEAST = 6
# What people give as a key where a server wants none.
_NO_SECRETS = frozenset(
    {"dummy", "not-needed", "no-key", "ollama", "lm-studio", "lmstudio", "sk-no-key-required"}
)
_IN_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/?#@'\"<>]+@", re.IGNORECASE)

_known: list[str] = []


def keep_secret(secret: str | None) -> None:
    """Hide it from now on, wherever it stands."""
    secret = (secret or "").strip()
    if len(secret) >= _LEAST and secret.lower() not in _NO_SECRETS and secret not in _known:
        _known.append(secret)
        # One may be a part of another.
        _known.sort(key=len, reverse=True)


def keep_secrets_of(address: str | None) -> None:
    """Hide the password of an address ("https://user:password@host"), however it is written."""
    before, at, _ = (address or "").partition("://")[2].rpartition("@")
    if not at:
        return
    _, _, password = before.partition(":")
    # As it is sent.
    basic = b64encode(unquote(before).encode()).decode()
    for form in (before, password, unquote(password), basic):
        keep_secret(form)


def redacted(text: str) -> str:
    """`text` without secrets, and without what stands before the host in addresses."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return _IN_ADDRESS.sub(rf"\1{HIDDEN}@", text) if "@" in text else text
