"""The REST interface to the service itself: what is served, whether it is ready, what it counts."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from isco.core import __version__
from isco.core.errors import UnavailableError
from isco.serve import schemas
from isco.serve.descriptions import problems
from isco.serve.engine import Engine
from isco.serve.loaded import Loaded
from isco.serve.metrics import MEDIA_TYPE as METRICS_TYPE
from isco.serve.metrics import Metrics


def service_router(engine: Engine, metrics: Metrics) -> APIRouter:
    """What watches the service."""
    router = APIRouter(tags=["service"])

    @router.get("/v1/status", response_model=schemas.StatusOut, responses=problems())
    async def status() -> Response:
        """What is served."""
        return JSONResponse(status_of(engine))

    @router.get("/healthz")
    async def health() -> Response:
        """Whether the process answers."""
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", responses={503: problems(503)[503]})
    async def ready() -> Response:
        """Whether ads can be classified."""
        _ = engine.loaded
        return JSONResponse({"status": "ok"})

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def prometheus() -> Response:
        """What the service counts of itself, as Prometheus reads it."""
        found = status_of(engine)
        text = metrics.as_text(engine.waiting, found["taxonomy"], found["embedding"])
        return Response(text, media_type=METRICS_TYPE)

    return router


def status_of(engine: Engine) -> dict[str, Any]:
    """What is served, as plain JSON types."""
    try:
        loaded: Loaded | None = engine.loaded
    except UnavailableError:
        loaded = None
    metadata = loaded.data.metadata if loaded else None
    return {
        "ready": loaded is not None,
        "problem": engine.problem,
        "taxonomy": metadata and metadata.taxonomy_name,
        "embedding": metadata and metadata.model_name,
        "llm": loaded and loaded.classifier.versions.llm,
        "languages": list(metadata.languages) if metadata else [],
        "codes": metadata and metadata.codes,
        "points": metadata and metadata.points,
        "labelled": loaded and len(loaded.data.labelled),
        "crosswalks": list(loaded.crosswalks) if loaded else [],
        "waiting": engine.waiting,
        "software": __version__,
        "notice": metadata and metadata.notice,
    }
