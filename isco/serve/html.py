"""Pages: templates filled, everything escaped, and forms read."""

from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from isco.core.printable import printable
from isco.evaluation.html.wording import counted, percent

_MOST_FIELDS = 100


def page(template: str, status: int = 200, **content: Any) -> HTMLResponse:
    """A template of this package with `content`; no browser keeps it."""
    text = _environment().get_template(template).render(content)
    return HTMLResponse(
        text.encode("utf-8", "replace"), status, headers={"cache-control": "no-store"}
    )


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form that was sent, of each name the last."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}


@cache
def _environment() -> Environment:
    pages = Environment(
        loader=PackageLoader("isco.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"counted": counted, "percent": percent, "printable": printable}
    return pages
