"""Who is at the desk, and whether a form that comes in was given out by this desk."""

import hmac
from dataclasses import dataclass
from urllib.parse import quote, unquote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from isco.core.printable import printable
from isco.serve.desk.desk import MACHINE, Desk
from isco.serve.html import form_of
from isco.serve.problems import ProblemError

_COOKIE = "isco_coder"
_LONGEST_NAME = 60
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """The coder of a browser, and the mark that its forms bring back."""

    coder: str
    mark: str


def session_of(request: Request, desk: Desk) -> Session | None:
    """Who is at the desk in this browser; None before they have said their name."""
    coder = as_name(unquote(request.cookies.get(_COOKIE, "")))
    return Session(coder, _mark(desk, coder)) if coder else None


def begin(coder: str, to: str) -> Response:
    """A browser is that coder's from now on, and goes `to` a page."""
    answer = RedirectResponse(to, 303)
    answer.set_cookie(
        _COOKIE, quote(coder), max_age=_A_YEAR, httponly=True, samesite="strict", path="/desk"
    )
    return answer


def as_name(text: str) -> str:
    """A coder's name as it is kept; empty for what is none."""
    name = " ".join(printable(text).split())[:_LONGEST_NAME]
    return "" if name == MACHINE else name


async def sent_form(request: Request, desk: Desk) -> tuple[Session, dict[str, str]]:
    """The coder and the fields of a form. Raises ProblemError (403) for one that this desk has
    not given to them."""
    session = session_of(request, desk)
    fields = await form_of(request)
    if session is None or not hmac.compare_digest(
        fields.get("mark", "").encode("utf-8", "replace"), session.mark.encode()
    ):
        raise ProblemError(403, "this form is not of this desk, or of another coder: load the page")
    return session, fields


def _mark(desk: Desk, coder: str) -> str:
    name = coder.encode("utf-8", "replace")
    return hmac.digest(desk.secret.encode(), name, "sha256").hex()
