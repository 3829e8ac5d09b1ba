"""Parts of pages: the taxonomy searched, and the branches of its tree."""

import asyncio

from fastapi import APIRouter, Response

from isco.serve.engine import Engine
from isco.serve.groups import Group
from isco.serve.html import page
from isco.serve.taxonomy_api import neighbours

_FOUND = 12


def add_looking_up(router: APIRouter, engine: Engine) -> None:
    """What is fetched beside a page."""

    @router.get("/desk/find")
    async def find(q: str = "") -> Response:
        groups = await asyncio.to_thread(found_groups, engine, q[:200])
        return page("groups.html.jinja", groups=groups, asked=q)

    @router.get("/desk/below/{code}")
    async def below(code: str) -> Response:
        groups = engine.loaded.tree().children(code)
        return page("groups.html.jinja", groups=groups, asked="")


def found_groups(engine: Engine, text: str) -> list[Group]:
    """The groups that a search finds: the one of a code that is typed, else the nearest ones."""
    tree = engine.loaded.tree()
    text = text.strip()
    if group := tree.get(text):
        return [group, *tree.children(text)]
    if not text:
        return []
    codes = dict.fromkeys(
        each["isco_code"] for each in neighbours(engine, text, None)["candidates"]
    )
    return [group for code in list(codes)[:_FOUND] if (group := tree.get(code))]
