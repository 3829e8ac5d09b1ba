"""Bodies and problems as the OpenAPI description has them."""

from typing import Any

from isco.serve.bodies import JSON, LINES
from isco.serve.problems import MEDIA_TYPE

_AD: dict[str, Any] = {
    "id": "ad-1",
    "title": "HGV class 1 driver",
    "description": "You will deliver pallets at night and hold a licence of category C+E.",
}
_LABELLED: dict[str, Any] = {**_AD, "isco_code": "8332"}


def body_of(name: str, examples: dict[str, Any]) -> dict[str, Any]:
    """The description of a body of ads of the schema `name`: one, a list, or lines."""
    one = {"$ref": f"#/components/schemas/{name}"}
    many = {"type": "array", "items": one}
    return {
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"anyOf": [one, many]}, "examples": examples},
                LINES: {"schema": {"type": "string", "description": "An ad a line."}},
            },
        }
    }


def classify_body() -> dict[str, Any]:
    """That of the ads to classify."""
    batch = [_AD, {"id": "ad-2", "title": "Staff nurse, intensive care"}]
    return body_of("AdIn", {"one": {"value": _AD}, "batch": {"value": batch}})


def labelled_body() -> dict[str, Any]:
    """That of the ads to learn."""
    return body_of("LabelledAdIn", {"batch": {"value": [_LABELLED]}})


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The descriptions of the problems with those statuses."""
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    said = {
        401: "The token is missing or wrong.",
        403: "Asked by a page of another site, or under another host's name.",
        404: "There is none.",
        408: "The request did not come in in time.",
        413: "Too much.",
        415: "Another content type.",
        422: "It can't be read, or says nothing that can be used.",
        429: "Too many requests of one address under way.",
        503: "Not ready, too much waiting, or not answered in time.",
    }
    return {
        status: {"description": said[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in (401, 403, 429, *statuses)
    }
