"""The body of a request into ads, read as `isco classify` reads a file of them."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request

from isco.core.errors import InputError
from isco.core.records import Row
from isco.core.settings import Settings
from isco.retriever.reading.inputs import AdFile
from isco.retriever.reading.shapes import looks_like_an_ad
from isco.serve.problems import ProblemError

JSON, LINES = "application/json", "application/x-ndjson"
_FILE_NAMES = {JSON: "body.json", LINES: "body.jsonl"}
_CALLED = "the body"


@dataclass(frozen=True)
class Body:
    """A body that has come in, as a file; `kind` is its media type."""

    file: Path
    kind: str

    def rows(self, settings: Settings) -> Iterator[Row]:
        """The ads, read as they are asked for. Raises ProblemError (422) where there are none."""
        try:
            yield from AdFile(str(self.file)).rows(settings.input)
        except InputError as error:
            raise ProblemError(422, str(error).replace(str(self.file), _CALLED)) from error

    def document(self, settings: Settings) -> tuple[list[Row], bool]:
        """The ads of a JSON document, and whether it is one ad alone.

        Raises ProblemError: 422 for what is no JSON or has no ads, 413 for more than are allowed.
        """
        try:
            value = json.loads(self.file.read_bytes())
        except (ValueError, RecursionError) as error:
            raise ProblemError(422, f"{_CALLED} is not JSON: {error}") from error
        if value == []:
            return [], False
        rows: list[Row] = []
        most = settings.serve.max_ads
        for row in self.rows(settings):
            if len(rows) == most:
                raise ProblemError(
                    413,
                    f"{_CALLED} has more than {most} ads (serve.max_ads): send several requests, "
                    f"or a stream of lines as {LINES}",
                )
            rows.append(row)
        alone = isinstance(value, dict) and looks_like_an_ad(value, settings.input)
        return rows, alone


def media_type(request: Request) -> str:
    """JSON or LINES. Raises ProblemError (415) for any other: a page of another site can't send
    these without being asked whether it may."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given in ("application/ndjson", "application/jsonl"):
        return LINES
    if given not in _FILE_NAMES:
        raise ProblemError(
            415, f"the content type must be {JSON} or {LINES}, not {given or 'nothing'}"
        )
    return given


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Body]:
    """The body in a file that goes at the end. Its size is limited where it is read."""
    kind = media_type(request)
    with tempfile.TemporaryDirectory(prefix="isco-") as folder:
        path = Path(folder) / _FILE_NAMES[kind]
        with path.open("wb") as file:
            async for piece in request.stream():
                await asyncio.to_thread(file.write, piece)
        yield Body(path, kind)
