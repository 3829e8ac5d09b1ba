"""The REST interface to coding: ads in, predictions out; labelled ads in."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack
from itertools import chain, islice
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from isco.core.records import Prediction, Row
from isco.core.settings import Settings
from isco.retriever.preparing.feed_languages import LOOKED_AHEAD
from isco.retriever.reading.inputs import file_chunks
from isco.retriever.running.writers import JsonLines
from isco.serve import schemas
from isco.serve.bodies import LINES, Body, received
from isco.serve.descriptions import classify_body, labelled_body, problems
from isco.serve.engine import Engine
from isco.serve.metrics import Metrics
from isco.serve.problems import ProblemError, problem_of

# Chunks of one stream that are waiting or under way at once.
_AT_ONCE = 2
_PAUSE = 0.05
_RECORDS = JsonLines()


def coding_router(engine: Engine, metrics: Metrics) -> APIRouter:
    """What codes ads, and what learns from codes."""
    router = APIRouter(tags=["coding"])
    settings = engine.settings

    @router.post(
        "/v1/classify",
        openapi_extra=classify_body(),
        response_model=schemas.PredictionOut | list[schemas.PredictionOut],
        responses={
            200: {"content": {LINES: {"schema": {"type": "string"}}}},
            **problems(408, 413, 415, 422, 503),
        },
    )
    async def classify(request: Request) -> Response:
        """Give ads their ISCO-08 codes.

        One ad gives one prediction, a list a list. A stream of lines gives a line for each, as
        they are done; should it break off, the last line is a problem's body.
        """
        async with AsyncExitStack() as held:
            body = await held.enter_async_context(received(request))
            if body.kind == LINES:
                stream, feed = await asyncio.to_thread(_begun, engine, body)
                lines = _lines(engine, metrics, stream, feed, held.pop_all())
                return StreamingResponse(lines, media_type=LINES)
            rows, alone = await asyncio.to_thread(body.document, settings)
        feed = await asyncio.to_thread(engine.read_ahead, rows)
        futures = [engine.classify(c, feed) for c in file_chunks(rows, settings.classify.chunk)]
        found = [each for some in await _in_time(futures, settings) for each in some]
        metrics.classified(found)
        records = [_RECORDS.encode(each).rstrip(b"\n") for each in found]
        content = records[0] if alone and len(records) == 1 else b"[" + b",\n".join(records) + b"]"
        return Response(content, media_type="application/json")

    @router.post(
        "/v1/labelled",
        openapi_extra=labelled_body(),
        response_model=schemas.LearnedOut,
        responses=problems(408, 413, 415, 422, 503),
    )
    async def labelled(
        request: Request,
        source: Annotated[str, Query(min_length=1, max_length=200, examples=["lfs-2025"])],
        as_: Annotated[
            Literal["ads"] | None,
            Query(alias="as", description="Learn them as ads, though they look like titles."),
        ] = None,
    ) -> Response:
        """Learn ads whose code is known, under the name of their source, as `isco learn`.

        The next request meets what was learned.
        """
        if not source.strip():
            raise ProblemError(422, "source must say what the ads are from")
        async with received(request) as body:
            rows = await asyncio.to_thread(_all_rows, body, settings)
        if not rows:
            raise ProblemError(422, "there are no ads to learn")
        learned = await asyncio.to_thread(engine.learn, rows, source.strip(), as_ == "ads")
        metrics.learned(learned.learned)
        return JSONResponse(learned.as_dict())

    return router


def _all_rows(body: Body, settings: Settings) -> list[Row]:
    return list(body.rows(settings)) if body.kind == LINES else body.document(settings)[0]


async def _in_time(
    futures: "Sequence[Future[list[Prediction]]]", settings: Settings
) -> list[list[Prediction]]:
    """What comes of all of them. Raises ProblemError (503) when that takes too long."""
    waited = asyncio.gather(*map(asyncio.wrap_future, futures))
    try:
        return list(await asyncio.wait_for(waited, settings.serve.timeout))
    except TimeoutError as error:
        raise ProblemError(503, "not answered in time: send fewer ads at once", 5) from error


def _begun(engine: Engine, body: Body) -> tuple[Iterator[Row], Settings | None]:
    """The rows of a stream, and the settings for such a feed."""
    rows = body.rows(engine.settings)
    first = list(islice(rows, LOOKED_AHEAD))
    return chain(first, rows), engine.read_ahead(first)


async def _lines(
    engine: Engine,
    metrics: Metrics,
    rows: Iterator[Row],
    feed: Settings | None,
    held: AsyncExitStack,
) -> AsyncIterator[bytes]:
    """The predictions of a stream, chunk by chunk; what is `held` is let go at the end."""
    chunks = file_chunks(rows, engine.settings.classify.chunk)
    under_way: deque[asyncio.Future[list[Prediction]]] = deque()
    more = True
    async with held:
        try:
            while more or under_way:
                while more and len(under_way) < _AT_ONCE:
                    chunk = await asyncio.to_thread(next, chunks, None)
                    more = chunk is not None
                    if chunk is not None:
                        under_way.append(asyncio.wrap_future(await _accepted(engine, chunk, feed)))
                if under_way:
                    found = await under_way.popleft()
                    metrics.classified(found)
                    yield b"".join(_RECORDS.encode(each) for each in found)
        except Exception as error:
            yield problem_of(error).body() + b"\n"
        finally:
            for waiting in under_way:
                waiting.cancel()


async def _accepted(
    engine: Engine, chunk: Sequence[Row], feed: Settings | None
) -> "Future[list[Prediction]]":
    """A stream waits where another request is refused."""
    while True:
        try:
            return engine.classify(chunk, feed)
        except ProblemError as problem:
            if problem.status != 503 or engine.ending:
                raise
        await asyncio.sleep(_PAUSE)
