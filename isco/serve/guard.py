"""What every request passes before anything answers it: who may ask, how much, and how it is told.

As an ASGI middleware, so that bodies are counted and timed while they come in.
"""

import asyncio
import hmac
import ipaddress
import time
from collections import Counter
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isco.core.errors import ConfigError
from isco.core.settings import ServeSettings, Settings
from isco.serve.bodies import LINES
from isco.serve.metrics import Metrics
from isco.serve.problems import MEDIA_TYPE, ProblemError

TOKEN_COOKIE = "isco_token"
# Nothing but what comes from here runs, is shown or is sent to.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Under "no-referrer" browsers would send their own forms from an origin "null".
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
# Answered to anybody: that it runs says nothing, and the page to enter the token is needed.
_OPEN = ("/healthz", "/readyz", "/enter")


def is_loopback(host: str) -> bool:
    """Whether an address to listen at is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_token(settings: ServeSettings) -> None:
    """Raise ConfigError where others may reach the service and nothing keeps them out."""
    if not is_loopback(settings.host) and not token_of(settings):
        raise ConfigError(
            f"serve.host {settings.host} is reached from other machines: set the variable "
            "ISCO_SERVE__TOKEN to a secret that every request must bring, or listen at 127.0.0.1"
        )


def token_of(settings: ServeSettings) -> str:
    """The secret that requests must bring; empty where they need none."""
    return settings.token.get_secret_value() if settings.token else ""


def is_token(given: str, settings: ServeSettings) -> bool:
    """Whether that is the secret, found out in the same time whatever it is."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), token_of(settings).encode())


def cookie_of(settings: ServeSettings) -> str:
    """What a browser keeps that has shown the secret: not the secret itself."""
    return hmac.digest(token_of(settings).encode(), b"isco serve", "sha256").hex()


class Guard:
    """Around the application `app`."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings.serve
        self._metrics = metrics
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with what is wrong with it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        client = (scope.get("client") or ("", 0))[0]
        self._under_way[client] += 1
        try:
            self._check(scope, self._under_way[client])
            await self._app(scope, self._limited(scope, receive), answer)
        except ProblemError as problem:
            if problem.status == 401 and _is_browser(scope):
                await RedirectResponse("/enter", 303)(scope, receive, answer)
            else:
                await send_problem(problem, answer)
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]
            self._metrics.request(scope, status, time.perf_counter() - began)

    def _check(self, scope: Scope, under_way: int) -> None:
        """Raise ProblemError for a request that may not be answered."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not token_of(self._settings) and _name_of(host) not in _LOCAL_NAMES:
            # A name of another site that leads here would let its page read what is answered.
            raise ProblemError(403, f"the host {host!r} is none of this machine's own names")
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            _require_same_site(headers, host)
        if scope["path"] not in _OPEN and not scope["path"].startswith("/static/"):
            self._require_token(headers)
        if under_way > self._settings.per_client and scope["path"] not in _OPEN:
            raise ProblemError(
                429, f"{under_way - 1} requests of yours are under way already", retry_after=1
            )
        length = headers.get("content-length", "")
        if length.isdecimal():
            self._require_size(int(length), self._most(headers))

    def _require_token(self, headers: Headers) -> None:
        if not token_of(self._settings):
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and is_token(given.strip(), self._settings):
            return
        cookies: SimpleCookie = SimpleCookie()
        cookies.load(headers.get("cookie", ""))
        kept = cookies.get(TOKEN_COOKIE)
        if kept is None or not hmac.compare_digest(kept.value, cookie_of(self._settings)):
            raise ProblemError(
                401, "the token is missing or wrong: send Authorization: Bearer TOKEN"
            )

    def _most(self, headers: Headers) -> int:
        lines = headers.get("content-type", "").startswith(LINES)
        return self._settings.max_stream if lines else self._settings.max_body

    def _require_size(self, size: int, most: int) -> None:
        if size > most:
            raise ProblemError(
                413, f"the body has more than {most} bytes (serve.max_body, max_stream)"
            )

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """`receive`, for a body that has neither too many bytes nor too much time to come in."""
        most, size = self._most(Headers(scope=scope)), 0
        whole = False

        async def next_piece() -> Message:
            nonlocal size, whole
            if whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self._settings.timeout)
            except TimeoutError as error:
                raise ProblemError(408, "the request did not come in in time") from error
            size += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            self._require_size(size, most)
            return message

        return next_piece


async def send_problem(problem: ProblemError, send: Send) -> None:
    """Answer with a problem's body."""
    body = problem.body()
    headers = {**problem.headers, "content-type": MEDIA_TYPE, "content-length": str(len(body))}
    encoded = [
        (name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def _is_browser(scope: Scope) -> bool:
    """Whether somebody looks at a page, rather than a program asking for an answer."""
    wanted = Headers(scope=scope).get("accept", "")
    return scope["method"] == "GET" and "text/html" in wanted


def _name_of(host: str) -> str:
    """A host header without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _require_same_site(headers: Headers, host: str) -> None:
    """Raise ProblemError for what a page of another site sends. Programs send neither header."""
    origin: Any = headers.get("origin")
    site = headers.get("sec-fetch-site", "none")
    foreign = origin is not None and urlsplit(origin).netloc != host
    if foreign or site not in ("none", "same-origin"):
        raise ProblemError(403, "a page of another site may not do that here")
