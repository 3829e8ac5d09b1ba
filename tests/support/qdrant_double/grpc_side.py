"""The same server over gRPC: the servicers of the stubs that qdrant-client carries.

Each call becomes the request that REST has for it, and its answer a message again, by the
conversions of the client.
"""

from collections.abc import Callable
from concurrent import futures
from typing import TYPE_CHECKING, Any

import grpc
from pydantic import TypeAdapter
from qdrant_client import grpc as messages
from qdrant_client import models
from qdrant_client.conversions.conversion import (
    GrpcToRest,
    RestToGrpc,
    grpc_field_type_to_payload_schema,
)
from qdrant_client.grpc import collections_service_pb2_grpc, points_service_pb2_grpc

if TYPE_CHECKING:
    from tests.support.qdrant_double.server import QdrantDouble

_CODES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    409: "ALREADY_EXISTS", 422: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL",
    501: "UNIMPLEMENTED", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip
_NAMED: TypeAdapter[Any] = TypeAdapter(models.Record)


class GrpcSide:
    """A gRPC server at `port` until `close`."""

    def __init__(self, double: "QdrantDouble", tls: tuple[bytes, bytes] | None) -> None:
        self._double = double
        # Two processes must not share a port unseen.
        options = [("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)]
        self._server = grpc.server(futures.ThreadPoolExecutor(4), options=options)
        collections, points = _Collections(self._ask), _Points(self._ask)
        collections_service_pb2_grpc.add_CollectionsServicer_to_server(collections, self._server)
        points_service_pb2_grpc.add_PointsServicer_to_server(points, self._server)
        if tls:
            credentials = grpc.ssl_server_credentials([tls])
            self.port = self._server.add_secure_port("127.0.0.1:0", credentials)
        else:
            self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def close(self) -> None:
        """From here on the port refuses connections."""
        self._server.stop(None).wait()

    def _ask(
        self, context: Any, method: str, path: str, body: Any = None, wait: bool = False
    ) -> Any:
        """The result of REST's request, or an end of the call with its refusal."""
        key = dict(context.invocation_metadata()).get("api-key")
        query = {"wait": "true"} if wait else {}
        answer = self._double.reply(method, path, query, key, body)
        if answer.fault.hangs:
            self._double.closing.wait()
        if answer.fault.hangs or answer.fault.cut:
            context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
        if answer.status == 200:
            return answer.body["result"]
        text = answer.body if isinstance(answer.body, str) else answer.body["status"]["error"]
        if answer.status == 429 and "Retry-After" in answer.fault.headers:
            context.set_trailing_metadata([("retry-after", answer.fault.headers["Retry-After"])])
        code = answer.fault.code or _CODES[answer.status]
        return context.abort(grpc.StatusCode[code], text)


Ask = Callable[..., Any]


class _Collections(collections_service_pb2_grpc.CollectionsServicer):
    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def List(self, request: Any, context: Any) -> Any:  # noqa: N802
        found = self._ask(context, "GET", "/collections")["collections"]
        listed = [messages.CollectionDescription(name=one["name"]) for one in found]
        return messages.ListCollectionsResponse(collections=listed)

    def Get(self, request: Any, context: Any) -> Any:  # noqa: N802
        found = self._ask(context, "GET", f"/collections/{request.collection_name}")
        info = models.CollectionInfo.model_validate(found)
        converted = RestToGrpc.convert_collection_info(info)
        return messages.GetCollectionInfoResponse(result=converted)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        body: dict[str, Any] = {
            "vectors": _plain(GrpcToRest.convert_vectors_config(request.vectors_config)),
            "sparse_vectors": _plain(
                GrpcToRest.convert_sparse_vector_config(request.sparse_vectors_config)
            ),
            "metadata": GrpcToRest.convert_payload(request.metadata),
        }
        for name in ("shard_number", "replication_factor", "write_consistency_factor"):
            if request.HasField(name):
                body[name] = getattr(request, name)
        if request.HasField("strict_mode_config"):
            strict = GrpcToRest.convert_strict_mode_config(request.strict_mode_config)
            body["strict_mode_config"] = _plain(strict)
        path = f"/collections/{request.collection_name}"
        return messages.CollectionOperationResponse(result=self._ask(context, "PUT", path, body))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        body = {"metadata": GrpcToRest.convert_payload(request.metadata)}
        path = f"/collections/{request.collection_name}"
        return messages.CollectionOperationResponse(result=self._ask(context, "PATCH", path, body))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        path = f"/collections/{request.collection_name}"
        return messages.CollectionOperationResponse(result=self._ask(context, "DELETE", path))

    def UpdateAliases(self, request: Any, context: Any) -> Any:  # noqa: N802
        actions = [_plain(GrpcToRest.convert_alias_operations(one)) for one in request.actions]
        done = self._ask(context, "POST", "/collections/aliases", {"actions": actions})
        return messages.CollectionOperationResponse(result=done)

    def ListAliases(self, request: Any, context: Any) -> Any:  # noqa: N802
        found = self._ask(context, "GET", "/aliases")["aliases"]
        aliases = [messages.AliasDescription(**one) for one in found]
        return messages.ListAliasesResponse(aliases=aliases)


class _Points(points_service_pb2_grpc.PointsServicer):
    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def Upsert(self, request: Any, context: Any) -> Any:  # noqa: N802
        points = [_plain(GrpcToRest.convert_point_struct(point)) for point in request.points]
        return self._updated(request, context, "PUT", "points", {"points": points})

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        selector = GrpcToRest.convert_points_selector(request.points)
        return self._updated(request, context, "POST", "points/delete", _plain(selector))

    def CreateFieldIndex(self, request: Any, context: Any) -> Any:  # noqa: N802
        schema = GrpcToRest.convert_payload_schema_type(
            grpc_field_type_to_payload_schema(request.field_type)
        )
        body = {"field_name": request.field_name, "field_schema": schema.value}
        return self._updated(request, context, "PUT", "index", body)

    def Get(self, request: Any, context: Any) -> Any:  # noqa: N802
        ids = [GrpcToRest.convert_point_id(one) for one in request.ids]
        body = {"ids": ids, **_shown(request)}
        found = self._ask(context, "POST", self._path(request, "points"), body)
        return messages.GetResponse(result=list(map(_retrieved, found)))

    def Scroll(self, request: Any, context: Any) -> Any:  # noqa: N802
        body = {"limit": request.limit, **_shown(request), **_filtered(request)}
        if request.HasField("offset"):
            body["offset"] = GrpcToRest.convert_point_id(request.offset)
        found = self._ask(context, "POST", self._path(request, "points/scroll"), body)
        following = found["next_page_offset"]
        return messages.ScrollResponse(
            result=list(map(_retrieved, found["points"])),
            next_page_offset=(
                None if following is None else RestToGrpc.convert_extended_point_id(following)
            ),
        )

    def Count(self, request: Any, context: Any) -> Any:  # noqa: N802
        body = {"exact": request.exact, **_filtered(request)}
        found = self._ask(context, "POST", self._path(request, "points/count"), body)
        return messages.CountResponse(result=messages.CountResult(count=found["count"]))

    def Query(self, request: Any, context: Any) -> Any:  # noqa: N802
        body = {
            "query": _plain(GrpcToRest.convert_query(request.query)),
            "limit": request.limit,
            **_shown(request),
            **_filtered(request),
        }
        if request.HasField("using"):
            body["using"] = request.using
        if request.HasField("params"):
            body["params"] = _plain(GrpcToRest.convert_search_params(request.params))
        if request.HasField("lookup_from"):
            body["lookup_from"] = _plain(GrpcToRest.convert_lookup_location(request.lookup_from))
        found = self._ask(context, "POST", self._path(request, "points/query"), body)
        hits = [models.ScoredPoint.model_validate(one) for one in found["points"]]
        return messages.QueryResponse(result=list(map(RestToGrpc.convert_scored_point, hits)))

    def _path(self, request: Any, what: str) -> str:
        return f"/collections/{request.collection_name}/{what}"

    def _updated(self, request: Any, context: Any, method: str, what: str, body: Any) -> Any:
        done = self._ask(context, method, self._path(request, what), body, request.wait)
        result = models.UpdateResult.model_validate(done)
        converted = RestToGrpc.convert_update_result(result)
        return messages.PointsOperationResponse(result=converted)


def _retrieved(record: Any) -> Any:
    return RestToGrpc.convert_retrieved_point(_NAMED.validate_python(record))


def _shown(request: Any) -> dict[str, Any]:
    """What of each point is asked for."""
    shown: dict[str, Any] = {}
    if request.HasField("with_payload"):
        selector = GrpcToRest.convert_with_payload_selector(request.with_payload)
        shown["with_payload"] = _plain(selector)
    if request.HasField("with_vectors"):
        shown["with_vector"] = GrpcToRest.convert_with_vectors_selector(request.with_vectors)
    return shown


def _filtered(request: Any) -> dict[str, Any]:
    if not request.HasField("filter"):
        return {}
    return {"filter": _plain(GrpcToRest.convert_filter(request.filter))}


def _stored(vector: Any) -> Any:
    """A vector as a real server would have it, but for NaN, which it stores without a word and the
    embedded Qdrant does not: zeros stand for that."""
    if isinstance(vector, dict):
        return {name: _stored(one) for name, one in vector.items()}
    if isinstance(vector, list):
        return [_stored(one) for one in vector]
    return 0.0 if vector != vector else _plain(vector)


def _plain(value: Any) -> Any:
    """Models as REST's JSON has them, numbers that JSON has not left as they are."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, models.PointStruct):
        return {**value.model_dump(exclude={"vector"}), "vector": _stored(value.vector)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="python", exclude_none=True, exclude_unset=True)
    return value
