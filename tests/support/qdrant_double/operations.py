"""The endpoints that `isco.store` uses, each as a call of the embedded Qdrant."""

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError
from qdrant_client import QdrantClient, models

from isco.core.store.points import shortest

_INSERT: TypeAdapter[Any] = TypeAdapter(models.PointInsertOperations)
NO_VECTOR = (
    "Format error in JSON body: data did not match any variant of untagged enum VectorStruct"
)
MULTIVECTOR = 1_048_576
_ROUTES: list[tuple[str, str, Callable[..., Any]]] = []


class RefusalError(Exception):
    """The request is understood, and refused with a status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _route(method: str, template: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    pattern = template.replace("{name}", "(?P<name>[^/]+)")

    def register(operation: Callable[..., Any]) -> Callable[..., Any]:
        _ROUTES.append((method, pattern, operation))
        return operation

    return register


class Operations:
    """Qdrant's answers. Indexes and shards, unknown to the embedded Qdrant, are kept here."""

    def __init__(self) -> None:
        self.client = QdrantClient(":memory:")
        self._indexes: dict[str, dict[str, str]] = {}
        self._spread: dict[str, dict[str, int]] = {}
        self._free: set[str] = set()

    def perform(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
        """The result as JSON types. Raises RefusalError."""
        for known, pattern, operation in _ROUTES:
            if method == known and (match := re.fullmatch(pattern, path)):
                name = match.groupdict().get("name")
                if name and operation is not Operations.create and operation is not Operations.drop:
                    self._require(name)
                return operation(self, name=name, query=query, body=body)
        raise RefusalError(501, f"the double does not know {method} {path}")

    def is_free_of_limits(self, path: str) -> bool:
        """Whether the collection that a path names was made without strict mode."""
        found = re.match("/collections/([^/]+)", path)
        return bool(found) and self._name_of(found[1]) in self._free

    def indexes_of(self, path: str) -> Mapping[str, str]:
        """The indexed keys of the collection that a path names."""
        found = re.match("/collections/([^/]+)", path)
        return self._indexes.get(self._name_of(found[1]), {}) if found else {}

    @_route("GET", "/")
    def version(self, **_: Any) -> Any:
        return {"title": "qdrant - vector search engine", "version": "1.19.0"}

    @_route("GET", "/collections")
    def list_collections(self, **_: Any) -> Any:
        return _json(self.client.get_collections())

    @_route("GET", "/aliases")
    def list_aliases(self, **_: Any) -> Any:
        return _json(self.client.get_aliases())

    @_route("POST", "/collections/aliases")
    def change_aliases(self, body: Any, **_: Any) -> Any:
        actions = models.ChangeAliasesOperation.model_validate(body).actions
        for action in actions:
            if isinstance(action, models.CreateAliasOperation):
                wanted = action.create_alias
                if self.client.collection_exists(wanted.alias_name) and (
                    self._name_of(wanted.alias_name) == wanted.alias_name
                ):
                    raise _exists(wanted.alias_name)
                self._require(wanted.collection_name)
        return self.client.update_collection_aliases(actions)

    @_route("GET", "/collections/{name}")
    def describe(self, name: str, **_: Any) -> Any:
        found = self.client.get_collection(name)
        described = _json(found)
        described["config"]["params"] |= self._spread.get(name, {})
        described["payload_schema"] = {
            key: {"data_type": kind, "points": found.points_count}
            for key, kind in self._indexes.get(name, {}).items()
        }
        return described

    @_route("PUT", "/collections/{name}")
    def create(self, name: str, body: Any, **_: Any) -> Any:
        if self.client.collection_exists(name):
            raise _exists(name)
        wanted = models.CreateCollection.model_validate(body)
        keys = ("shard_number", "replication_factor", "write_consistency_factor")
        self._spread[name] = {key: body[key] for key in keys if key in body}
        if wanted.strict_mode_config and wanted.strict_mode_config.enabled is False:
            self._free.add(name)
        return self.client.create_collection(
            name,
            vectors_config=wanted.vectors,
            sparse_vectors_config=wanted.sparse_vectors,
            metadata=wanted.metadata,
        )

    @_route("PATCH", "/collections/{name}")
    def update(self, name: str, body: Any, **_: Any) -> Any:
        wanted = models.UpdateCollection.model_validate(body)
        return self.client.update_collection(name, metadata=wanted.metadata)

    @_route("DELETE", "/collections/{name}")
    def drop(self, name: str, **_: Any) -> Any:
        existed = self.client.collection_exists(name)
        self._indexes.pop(name, None)
        self.client.delete_collection(name)
        return existed

    @_route("PUT", "/collections/{name}/index")
    def index(self, name: str, query: Mapping[str, str], body: Any) -> Any:
        wanted = models.CreateFieldIndex.model_validate(body)
        self._indexes.setdefault(name, {})[wanted.field_name] = str(body["field_schema"])
        return _updated(query)

    @_route("PUT", "/collections/{name}/points")
    def upsert(self, name: str, query: Mapping[str, str], body: Any) -> Any:
        try:
            wanted = _INSERT.validate_python(body)
        except ValidationError as error:
            raise RefusalError(400, NO_VECTOR) from error
        points = wanted.points if isinstance(wanted, models.PointsList) else wanted.batch
        self._require_sizes(name, points)
        self.client.upsert(name, points)
        return _updated(query)

    @_route("PUT", "/collections/{name}/points/vectors")
    def update_vectors(self, name: str, query: Mapping[str, str], body: Any) -> Any:
        points = models.UpdateVectors.model_validate(body).points
        self._require_sizes(name, points)
        self.client.update_vectors(name, points)
        return _updated(query)

    def _require_sizes(self, name: str, points: Any) -> None:
        """As a server has them: every vector as long as its collection wants it."""
        known = self.client.get_collection(name).config.params.vectors
        assert isinstance(known, dict)
        for point in points:
            for using, vector in point.vector.items():
                if using not in known:
                    continue
                rows = vector if isinstance(vector[0], list) else [vector]
                numbers = sum(map(len, rows))
                if numbers > MULTIVECTOR:
                    raise RefusalError(
                        422,
                        f"Validation error: Total size of all vectors "
                        f"({numbers}) must be less than {MULTIVECTOR}",
                    )
                expected = known[using].size
                wrong = next((len(row) for row in rows if len(row) != expected), None)
                if wrong is not None:
                    raise RefusalError(
                        400,
                        f"Wrong input: Vector dimension error: expected dim: "
                        f"{expected}, got {wrong} for vector '{using}'",
                    )

    @_route("POST", "/collections/{name}/points/delete")
    def delete(self, name: str, query: Mapping[str, str], body: Any) -> Any:
        self.client.delete(name, models.FilterSelector.model_validate(body))
        return _updated(query)

    @_route("POST", "/collections/{name}/points")
    def retrieve(self, name: str, body: Any, **_: Any) -> Any:
        wanted = models.PointRequest.model_validate(body)
        records = self.client.retrieve(
            name,
            wanted.ids,
            with_payload=True if wanted.with_payload is None else wanted.with_payload,
            with_vectors=wanted.with_vector or False,
        )
        return list(map(_record, records))

    @_route("POST", "/collections/{name}/points/count")
    def count(self, name: str, body: Any, **_: Any) -> Any:
        wanted = models.CountRequest.model_validate(body)
        return _json(self.client.count(name, wanted.filter))

    @_route("POST", "/collections/{name}/points/scroll")
    def scroll(self, name: str, body: Any, **_: Any) -> Any:
        wanted = models.ScrollRequest.model_validate(body)
        records, following = self.client.scroll(
            name,
            scroll_filter=wanted.filter,
            limit=wanted.limit or 10,
            offset=wanted.offset,
            with_payload=True if wanted.with_payload is None else wanted.with_payload,
            with_vectors=wanted.with_vector or False,
        )
        return {"points": list(map(_record, records)), "next_page_offset": following}

    @_route("POST", "/collections/{name}/facet")
    def facet(self, name: str, body: Any, **_: Any) -> Any:
        wanted = models.FacetRequest.model_validate(body)
        if not self._indexes.get(self._name_of(name), {}).get(wanted.key):
            raise RefusalError(400, f"No appropriate index for faceting: `{wanted.key}`")
        return _json(self.client.facet(name, wanted.key, wanted.filter, wanted.limit or 10))

    def _name_of(self, alias_or_name: str) -> str:
        aliases = {a.alias_name: a.collection_name for a in self.client.get_aliases().aliases}
        return aliases.get(alias_or_name, alias_or_name)

    @_route("POST", "/collections/{name}/points/query")
    def query(self, name: str, body: Any, **_: Any) -> Any:
        wanted = models.QueryRequest.model_validate(body)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `exact` is all it can
            found = self.client.query_points(
                name,
                query=wanted.query,
                using=wanted.using,
                prefetch=wanted.prefetch,
                lookup_from=wanted.lookup_from,
                query_filter=wanted.filter,
                search_params=wanted.params,
                score_threshold=wanted.score_threshold,
                limit=wanted.limit or 10,
                offset=wanted.offset,
                with_payload=wanted.with_payload or False,
                with_vectors=wanted.with_vector or False,
            )
        return _json(found)

    def _require(self, name: str) -> None:
        if not self.client.collection_exists(self._name_of(name)):
            raise RefusalError(404, f"Not found: Collection `{name}` doesn't exist!")


def _exists(name: str) -> RefusalError:
    return RefusalError(409, f"Wrong input: Collection `{name}` already exists!")


def _json(result: BaseModel) -> Any:
    return result.model_dump(mode="json", exclude_none=True)


def _record(record: models.Record) -> Any:
    """With numbers as short as a server writes its float32."""
    written = record.model_dump(mode="json", exclude_none=True, exclude={"vector"})
    if record.vector is not None:
        assert isinstance(record.vector, dict)
        written["vector"] = {using: _short(vector) for using, vector in record.vector.items()}
    return written


def _short(vector: Any) -> Any:
    if isinstance(vector, models.SparseVector):
        return {"indices": vector.indices, "values": shortest(np.array(vector.values))}
    return shortest(np.array(vector))


def _updated(query: Mapping[str, str]) -> Any:
    waited = query.get("wait") == "true"
    return {"operation_id": 0, "status": "completed" if waited else "acknowledged"}
