"""The service put together: what every request passes, the REST interface, the page to try it."""

import logging
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from isco.core import __version__
from isco.core.errors import IscoError
from isco.evaluation.html import report_page
from isco.serve.coding_api import coding_router
from isco.serve.desk.desk import Desk
from isco.serve.desk.pages import DeskPages
from isco.serve.desk.routes import desk_router
from isco.serve.engine import Engine
from isco.serve.guard import TOKEN_COOKIE, Guard, cookie_of, is_token
from isco.serve.html import form_of, page
from isco.serve.metrics import Metrics
from isco.serve.problems import MEDIA_TYPE, ProblemError, problem_of
from isco.serve.service_api import service_router
from isco.serve.taxonomy_api import taxonomy_router

_STATIC = Path(__file__).parent / "static"
_HOUSE_STYLE = Path(report_page.__file__).parent / "templates" / "page.css"
_LOG = logging.getLogger("isco.serve")


def make_app(
    engine: Engine, desk: Desk | None = None, desk_path: Path = Path(), codes: str = ""
) -> FastAPI:
    """The application over an engine that has loaded something; with the pages of `desk`, which is
    kept at `desk_path`, where there is one. `codes` are the predictions behind it."""
    metrics = Metrics()
    app = FastAPI(
        title="isco",
        version=__version__,
        summary="Job ads in, ISCO-08 codes out.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.add_middleware(Guard, settings=engine.settings, metrics=metrics)
    for kind in (ProblemError, IscoError, Exception):
        app.add_exception_handler(kind, _told)
    app.add_exception_handler(HTTPException, _told_by_framework)
    app.add_exception_handler(RequestValidationError, _told_of_parameters)
    for router in (
        coding_router(engine, metrics),
        taxonomy_router(engine),
        service_router(engine, metrics),
    ):
        app.include_router(router)
    # Pages look as the reports do.
    app.add_api_route("/static/page.css", _house_style, include_in_schema=False)
    # Browsers ask for it beside whatever they show.
    app.add_api_route("/favicon.ico", _icon, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=_STATIC))
    if desk:
        app.include_router(desk_router(DeskPages(engine, desk, desk_path, metrics, codes)))
    _add_pages(app, engine, "/desk" if desk else "/docs")
    return app


def _add_pages(app: FastAPI, engine: Engine, home: str) -> None:
    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        return RedirectResponse(home, 303)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return page("try.html.jinja", settings=engine.settings)

    @app.get("/enter", include_in_schema=False)
    async def ask_for_token() -> Response:
        return page("enter.html.jinja", wrong=False)

    @app.post("/enter", include_in_schema=False)
    async def enter(request: Request) -> Response:
        given = (await form_of(request)).get("token", "")
        if not is_token(given.strip(), engine.settings.serve):
            return page("enter.html.jinja", status=401, wrong=True)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            TOKEN_COOKIE, cookie_of(engine.settings.serve), httponly=True, samesite="strict"
        )
        return answer


async def _house_style() -> Response:
    return Response(_HOUSE_STYLE.read_bytes(), media_type="text/css")


async def _icon() -> Response:
    return FileResponse(_STATIC / "icon.svg", media_type="image/svg+xml")


def _answer(problem: ProblemError) -> Response:
    return Response(problem.body(), problem.status, problem.headers, MEDIA_TYPE)


async def _told(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError | IscoError):
        _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    return _answer(problem_of(error))


async def _told_by_framework(_: Request, error: Any) -> Response:
    return _answer(
        ProblemError(error.status_code, str(error.detail), allow=(error.headers or {}).get("Allow"))
    )


async def _told_of_parameters(_: Request, error: Any) -> Response:
    said = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
    return _answer(ProblemError(422, said))
