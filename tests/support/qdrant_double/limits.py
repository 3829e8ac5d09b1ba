"""Who may do what, and how much of it: as a real server refuses, word for word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_READS = ("/count", "/scroll", "/query", "/facet")
Refusal = tuple[int, str]


@dataclass
class Keys:
    """`full` may do everything, `reading` may read; a token may read the collections that it
    names, and sees no alias. Without `full` nobody needs a key."""

    full: str | None = None
    reading: str | None = None
    tokens: Mapping[str, frozenset[str]] = field(default_factory=dict)
    expired: frozenset[str] = frozenset()

    def refusal(self, key: str | None, method: str, path: str) -> Refusal | None:
        """Why a request with that key is refused, if it is. A text that is refused with 401 or
        because it has expired is no JSON."""
        if self.full is None or key == self.full:
            return None
        if key is None:
            return 401, "Must provide an API key or an Authorization bearer token"
        if key in self.expired:
            return 403, "ExpiredSignature"
        reads = _reads(method, path)
        if key == self.reading:
            return None if reads else (403, "Forbidden: Global manage access is required")
        if key not in self.tokens:
            return 401, "Invalid API key or JWT"
        found = re.match("/collections/([^/]+)", path)
        if found and found[1] not in self.tokens[key]:
            return 403, f"Forbidden: Access to collection {found[1]} is required"
        return None if reads else (403, "Forbidden: Global manage access is required")

    def sees(self, key: str | None, name: str) -> bool:
        """Whether who has that key is shown a collection, or an alias, in a list."""
        return key not in self.tokens or name in self.tokens[key]


@dataclass
class Limits:
    """`body` is in bytes, and of REST alone; the others are strict mode's, and hold for a
    collection unless it was made without, which `forced` ones overrule."""

    body: int | None = None
    points: int | None = None
    page: int | None = None
    exact: bool = True
    unindexed: bool = True
    forced: bool = False

    def refusal(
        self, method: str, path: str, body: Any, indexed: Mapping[str, str]
    ) -> Refusal | None:
        """Why a request is refused by strict mode, if it is; `indexed` keys may be filtered by."""
        asked = body if isinstance(body, dict) else {}
        sent = len(asked.get("points", ())) if method == "PUT" else 0
        if self.points is not None and path.endswith("/points") and sent > self.points:
            return 400, _exceeded("upsert limit", sent, self.points)
        if path.endswith(("/scroll", "/query")):
            limit = asked.get("limit") or 10
            if self.page is not None and limit > self.page:
                return 400, _exceeded("limit", limit, self.page)
        if not self.exact and (asked.get("params") or {}).get("exact"):
            return 400, "Bad request: Exact search disabled!. Help: Set exact=false."
        conditions = (asked.get("filter") or {}).get("must") or ()
        for key in (one["key"] for one in conditions if "key" in one):
            if not self.unindexed and key not in indexed:
                return 400, (
                    f'Bad request: Index required but not found for "{key}" of one of the '
                    "following types: [keyword]. Help: Create an index for this key or use a "
                    "different filter."
                )
        return None


def too_large(size: int, limit: int) -> Refusal:
    """What REST says of a body of `size` bytes."""
    return 400, f"JSON payload ({size} bytes) is larger than allowed (limit: {limit} bytes)."


def _exceeded(what: str, asked: int, limit: int) -> str:
    return (
        f'Bad request: Limit exceeded {asked} > {limit} for "{what}". Help: Reduce the "{what}" '
        f"parameter to or below {limit}."
    )


def _reads(method: str, path: str) -> bool:
    retrieves = method == "POST" and path.endswith("/points")
    return method == "GET" or retrieves or path.endswith(_READS)
