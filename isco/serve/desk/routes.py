"""What is below /desk: pages, forms that come back, and files."""

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from isco.serve.desk.entries import Kind
from isco.serve.desk.exports import audit_trail, decisions_as_sheet
from isco.serve.desk.looking_up import add_looking_up
from isco.serve.desk.pages import DeskPages
from isco.serve.desk.session import as_name, begin, sent_form, session_of
from isco.serve.html import form_of, page


def desk_router(pages: DeskPages) -> APIRouter:
    """The desk below /desk."""
    router = APIRouter(include_in_schema=False)
    desk, engine = pages.desk, pages.engine

    @router.get("/desk")
    async def code(request: Request, ad: str | None = None) -> Response:
        if (session := session_of(request, desk)) is None:
            return page("name.html.jinja", wrong=False)
        return await asyncio.to_thread(pages.coding_page, session, ad)

    @router.get("/desk/coder")
    async def ask_for_name() -> Response:
        return page("name.html.jinja", wrong=False)

    @router.post("/desk/coder")
    async def name(request: Request) -> Response:
        given = as_name((await form_of(request)).get("coder", ""))
        return begin(given, "/desk") if given else page("name.html.jinja", 422, wrong=True)

    @router.post("/desk/decide")
    async def decide(request: Request) -> Response:
        return await asyncio.to_thread(pages.decide, *await sent_form(request, desk))

    @router.post("/desk/undo")
    async def undo(request: Request) -> Response:
        session, _ = await sent_form(request, desk)
        undone = await asyncio.to_thread(desk.undo, session.coder)
        settled = undone is not None and undone.kind is Kind.SETTLE
        return RedirectResponse("/desk/adjudicate" if settled else "/desk", 303)

    @router.post("/desk/learn")
    async def learn(request: Request) -> Response:
        await sent_form(request, desk)
        await asyncio.to_thread(pages.learner.begin)
        return RedirectResponse("/desk", 303)

    add_looking_up(router, engine)
    add_checking(router, pages)
    return router


def add_checking(router: APIRouter, pages: DeskPages) -> None:
    """What is done with decisions that are made."""
    desk = pages.desk

    @router.get("/desk/adjudicate")
    async def adjudicate(request: Request) -> Response:
        if (session := session_of(request, desk)) is None:
            return RedirectResponse("/desk", 303)
        return await asyncio.to_thread(pages.adjudication_page, session)

    @router.post("/desk/adjudicate")
    async def settle(request: Request) -> Response:
        return await asyncio.to_thread(pages.settle, *await sent_form(request, desk))

    @router.get("/desk/agreement")
    async def agreement(request: Request) -> Response:
        if (session := session_of(request, desk)) is None:
            return RedirectResponse("/desk", 303)
        return await asyncio.to_thread(pages.agreement_page, session)

    @router.get("/desk/report")
    async def report() -> Response:
        return await asyncio.to_thread(pages.report.page)

    @router.get("/desk/audit.jsonl")
    async def audit() -> Response:
        lines = audit_trail(desk.entries())
        return StreamingResponse(lines, headers=_saved_as("audit.jsonl"), media_type="text/plain")

    @router.get("/desk/decisions.csv")
    async def decisions() -> Response:
        lines = decisions_as_sheet(desk, pages.engine.settings.input)
        return StreamingResponse(lines, headers=_saved_as("decisions.csv"), media_type="text/csv")


def _saved_as(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
