"""The REST interface to the taxonomy: its groups as a tree, and the leaves nearest to a text."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from isco.serve import schemas
from isco.serve.descriptions import problems
from isco.serve.engine import Engine
from isco.serve.groups import Group, GroupTree
from isco.serve.problems import ProblemError

Code = Annotated[str, Path(pattern="^[0-9]{1,4}$", examples=["2512"])]
Language = Annotated[str | None, Query(pattern="^[a-z]{2,3}$", description="Of the labels.")]


def taxonomy_router(engine: Engine) -> APIRouter:
    """The taxonomy in use."""
    router = APIRouter(tags=["taxonomy"])

    @router.get(
        "/v1/search",
        response_model=schemas.NeighboursOut,
        responses=problems(422, 503),
    )
    async def search(
        q: Annotated[str, Query(min_length=1, max_length=1000, examples=["bus driver"])],
        top: Annotated[int | None, Query(ge=1, le=200)] = None,
    ) -> Response:
        """The leaves of the taxonomy nearest to a text, as `isco search --json`."""
        if not q.strip():
            raise ProblemError(422, "the text to search for is empty")
        return JSONResponse(await asyncio.to_thread(neighbours, engine, q, top))

    @router.get(
        "/v1/groups",
        response_model=list[schemas.GroupOut],
        responses=problems(422, 503),
    )
    async def major_groups(language: Language = None) -> Response:
        """The major groups."""
        tree = await asyncio.to_thread(_tree, engine, language)
        return JSONResponse([tree.as_dict(group) for group in tree.children(None)])

    @router.get(
        "/v1/groups/{code}",
        response_model=schemas.GroupOut,
        responses=problems(404, 422, 503),
    )
    async def group(code: Code, language: Language = None) -> Response:
        """A group with what it is and what it excludes, a unit group with its occupations."""
        tree = await asyncio.to_thread(_tree, engine, language)
        return JSONResponse(tree.as_dict(_group(tree, code)))

    @router.get(
        "/v1/groups/{code}/children",
        response_model=list[schemas.GroupOut],
        responses=problems(404, 422, 503),
    )
    async def children(code: Code, language: Language = None) -> Response:
        """The groups right below a group."""
        tree = await asyncio.to_thread(_tree, engine, language)
        return JSONResponse([tree.as_dict(each) for each in tree.children(_group(tree, code).code)])

    return router


def neighbours(engine: Engine, text: str, top: int | None) -> dict[str, Any]:
    """The leaves nearest to a text, as `isco search --json` has them."""
    loaded = engine.loaded
    found = loaded.classifier.searchers.nearest(
        text, engine.settings.language, top or engine.settings.search.top
    )
    return {
        "text": text,
        "candidates": [asdict(candidate) for candidate in found],
        "versions": asdict(loaded.data.metadata.versions),
    }


def _tree(engine: Engine, language: str | None) -> GroupTree:
    loaded = engine.loaded
    if language and language not in loaded.languages:
        known = ", ".join(loaded.languages)
        raise ProblemError(422, f"the taxonomy is not in {language!r}; it is in {known}")
    return loaded.tree(language)


def _group(tree: GroupTree, code: str) -> Group:
    group = tree.get(code)
    if group is None:
        raise ProblemError(404, f"{code} is no group of the taxonomy in use")
    return group
