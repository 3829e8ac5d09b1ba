"""What the service counts of itself, as Prometheus reads it."""

from collections import Counter as Counted
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

from isco.core import __version__
from isco.core.records import Prediction

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Of one service, apart from those of others in the same process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        kept = self._registry
        self._requests = Counter(
            "isco_requests", "Requests answered.", ("method", "route", "status"), registry=kept
        )
        self._seconds = Histogram(
            "isco_request_seconds", "Seconds to the end of an answer.", ("route",),
            buckets=_SECONDS, registry=kept,
        )  # fmt: skip
        self._ads = Counter(
            "isco_ads", "Ads classified, by path of the answer.", ("path",), registry=kept
        )
        self._learned = Counter("isco_learned_ads", "Labelled ads learned.", registry=kept)
        self._waiting = Gauge("isco_waiting_ads", "Ads that wait to be classified.", registry=kept)
        self._ready = Gauge("isco_ready", "1 where ads can be classified.", registry=kept)
        names = ("software", "taxonomy", "embedding")
        self._info = Gauge("isco_info", "What is served.", names, registry=kept)

    def request(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answer, under the route that it took: no client can make up names."""
        route = getattr(scope.get("route"), "path", "none")
        self._requests.labels(scope["method"], route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def classified(self, predictions: Sequence[Prediction]) -> None:
        """Count answers to ads."""
        for path, number in Counted(str(each.path) for each in predictions).items():
            self._ads.labels(path).inc(number)

    def learned(self, ads: int) -> None:
        """Count labelled ads that were learned."""
        self._learned.inc(ads)

    def as_text(self, waiting: int, taxonomy: str | None, embedding: str | None) -> bytes:
        """All of it now; the names are None where nothing is loaded."""
        self._waiting.set(waiting)
        self._ready.set(taxonomy is not None)
        self._info.clear()
        self._info.labels(__version__, taxonomy or "", embedding or "").set(1)
        return generate_latest(self._registry)
