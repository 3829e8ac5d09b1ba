"""Ask ESCO's web service politely: few connections, pauses, retries, and nothing asked twice.

Answers are HAL+JSON (https://ec.europa.eu/esco/api/doc/esco_api_doc.html). Whole ones are kept in
a file, so that a crawl that ends in the middle goes on where it stopped.
"""

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from isco.core import __version__
from isco.core.errors import ConfigError, UnavailableError
from isco.core.retries import RetryPolicy
from isco.core.settings import EscoApiSettings
from isco.core.sqlite_file import SqliteFile

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (url TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID
"""

Resource = dict[str, Any]


class _PassingError(Exception):
    """What can pass by itself, with the seconds for which the service asked to be left alone."""

    def __init__(self, problem: str, retry_after_s: float = 0.0) -> None:
        super().__init__(problem)
        self.retry_after_s = retry_after_s


class EscoWeb:
    """Resources of one version in one language. Safe for several threads; a context manager."""

    def __init__(self, settings: EscoApiSettings, language: str, kept: Path) -> None:
        self._settings = settings
        self._language = language
        self._answers = SqliteFile(kept, _SCHEMA, "the file of ESCO's answers")
        self._client = httpx.Client(
            timeout=settings.timeout,
            follow_redirects=True,
            headers={
                "Accept": "application/json",
                "User-Agent": f"isco/{__version__} (occupation coding; python-httpx)",
            },
        )

    def __enter__(self) -> "EscoWeb":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
        self._answers.close()

    def resource(self, kind: str, uri: str) -> Resource | None:
        """The resource `uri` of a kind ("taxonomy", "concept", "occupation"), all pages in one.

        None when the service does not have it. Raises ConfigError when the service refuses the
        version or the language, UnavailableError when it can't be reached.
        """
        url: str | None = str(
            httpx.URL(
                f"{self._settings.url.rstrip('/')}/resource/{kind}",
                params={
                    "uri": uri,
                    "language": self._language,
                    "selectedVersion": self._settings.version,
                },
            )
        )
        whole: Resource | None = None
        asked: set[str] = set()
        while url and url not in asked:
            asked.add(url)
            page = self._answer(url)
            if page is None:
                return whole
            whole = page if whole is None else _joined(whole, page)
            url = (page.get("_links") or {}).get("next", {}).get("href")
        return whole

    def _answer(self, url: str) -> Resource | None:
        found = self._answers.find("SELECT body FROM answers WHERE url", [url])
        body = found[0][0] if found else self._ask(url)
        if body is None:
            return None
        if not found:
            with self._answers.writing() as database:
                database.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (url, body))
            time.sleep(self._settings.pause)
        return dict(json.loads(body))

    def _ask(self, url: str) -> bytes | None:
        """The body of a whole answer, asked for again while its failure can pass by itself."""
        policy = RetryPolicy(self._settings.retries, FIRST_PAUSE, LONGEST_PAUSE)
        return policy.run(
            lambda: self._ask_once(url),
            can_pass=lambda error: isinstance(error, _PassingError),
            explain=self._given_up,
        )

    def _given_up(self, error: Exception, attempts: int) -> UnavailableError | None:
        if not isinstance(error, _PassingError):
            return None
        tried = f" after {attempts} attempts" if attempts > 1 else ""
        return UnavailableError(
            f"ESCO's web service at {self._settings.url} {error}{tried}; what it gave so far is "
            "kept: run the same command again later"
        )

    def _ask_once(self, url: str) -> bytes | None:
        """The body of a whole answer; None for what the service does not have."""
        try:
            response = self._client.get(url)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ConfigError(f"esco_api.url {url!r} is no address: {error}") from error
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise _PassingError(f"can't be reached ({reason})") from error
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if response.status_code in _PASSING:
            retry_after_s = _seconds(response.headers.get("Retry-After"))
            raise _PassingError(f"answered {response.status_code}", retry_after_s)
        if response.is_error:
            raise ConfigError(self._refusal(response))
        try:
            whole = isinstance(json.loads(response.content), dict)
        except ValueError as error:
            raise _PassingError("gave an answer that is cut off") from error
        if not whole:
            raise _PassingError("answered something else than a resource")
        return response.content

    def _refusal(self, response: httpx.Response) -> str:
        try:
            message = response.json()["message"]
        except (ValueError, KeyError, TypeError):
            message = response.text[:200]
        return (
            f"ESCO's web service at {self._settings.url} refuses version "
            f"{self._settings.version} in {self._language!r} ({response.status_code}: {message}); "
            "check esco_api.version, esco_api.url and taxonomy.language"
        )


def _joined(whole: Resource, page: Resource) -> Resource:
    """A resource whose lists of links go on in its next page."""
    links = dict(whole.get("_links") or {})
    for relation, more in (page.get("_links") or {}).items():
        if isinstance(more, list):
            links[relation] = [*links.get(relation, ()), *more]
    return {**whole, "_links": links}


def _seconds(retry_after: str | None) -> float:
    """A Retry-After in seconds; a date counts as nothing asked."""
    return float(retry_after) if retry_after and retry_after.isdigit() else 0.0
