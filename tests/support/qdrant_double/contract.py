"""Qdrant's OpenAPI description as a judge of requests and responses."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_URN = "urn:qdrant"
_LARGEST = {"uint8": 2**8 - 1, "uint32": 2**32 - 1, "uint64": 2**64 - 1}


class Contract:
    """Finds an operation by method and path, and what is wrong with a message to or from it."""

    def __init__(self, file: Path) -> None:
        document = json.loads(file.read_text(encoding="utf-8"))
        self._paths: dict[str, Any] = document["paths"]
        # "/collections/aliases" is meant before "/collections/{collection_name}".
        self._templates = sorted(self._paths, key=lambda path: path.count("{"))
        resource = Resource(contents=_as_json_schema(document), specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_URN, resource)

    def request_problems(
        self, method: str, path: str, query: Iterable[str], body: Any
    ) -> Iterator[str]:
        """What is wrong with a request. `body` is None when there is none."""
        found = self._operation(method, path)
        if found is None:
            yield "is not in the contract"
            return
        operation, pointer = found
        declared = {item["name"] for item in operation.get("parameters", ())}
        yield from (f"has an unknown parameter {name!r}" for name in query if name not in declared)
        expects_body = "requestBody" in operation
        if expects_body != (body is not None):
            yield f"must {'' if expects_body else 'not '}have a body"
        elif expects_body:
            schema = f"{pointer}/requestBody/content/application~1json/schema"
            yield from self._problems(schema, body)

    def response_problems(self, method: str, path: str, status: int, body: Any) -> Iterator[str]:
        """What is wrong with an answer."""
        found = self._operation(method, path)
        if found is None:
            return
        operation, pointer = found
        kinds = (str(status), f"{status // 100}XX", "default")
        kind = next((kind for kind in kinds if kind in operation["responses"]), None)
        if kind is None:
            yield f"answers {status}, which is not in the contract"
        elif "content" in operation["responses"][kind]:
            schema = f"{pointer}/responses/{kind}/content/application~1json/schema"
            yield from self._problems(schema, body)

    def _operation(self, method: str, path: str) -> tuple[dict[str, Any], str] | None:
        for template in self._templates:
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in self._paths[template]:
                pointer = quote(template.replace("~", "~0").replace("/", "~1"), safe="~")
                operation = self._paths[template][method.lower()]
                return operation, f"{_URN}#/paths/{pointer}/{method.lower()}"
        return None

    def _problems(self, reference: str, instance: Any) -> Iterator[str]:
        validator = Draft202012Validator(
            {"$ref": reference}, registry=self._registry, format_checker=FormatChecker(["uuid"])
        )
        for error in validator.iter_errors(instance):
            yield f"{error.json_path}: {error.message[:300]}"


@lru_cache
def load_contract(file: Path) -> Contract:
    """Read once: it is half a megabyte."""
    return Contract(file)


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema, and stricter: unknown keys are refused.

    `nullable` means "or null", and alone, inside `anyOf`, "null". Integer formats have bounds.
    No schema of Qdrant is put together by `allOf`, so that closing objects is safe.
    """
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    schema = {key: _as_json_schema(value) for key, value in node.items()}
    if schema.get("nullable") is True:
        del schema["nullable"]
        if "type" in schema:
            schema["type"] = [schema["type"], "null"]
        else:
            schema["type"] = "null"
    if schema.get("type") == "object" and isinstance(schema.get("properties"), Mapping):
        schema.setdefault("additionalProperties", False)
    if isinstance(schema.get("format"), str) and schema["format"] in _LARGEST:
        schema.setdefault("maximum", _LARGEST[schema["format"]])
    return schema
