"""A page of points, as a server's REST answers: JSON that is numbers nearly all of it.

simdjson hands numbers over as arrays, in a third of the time that lists of them take. Where it has
no wheel, on Python 3.14, they come as lists.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic_core import from_json

try:
    import simdjson

    _AS_ARRAYS = True
except ImportError:
    _AS_ARRAYS = False

if TYPE_CHECKING:
    from simdjson import Array, Object


@dataclass(frozen=True, slots=True)
class Page:
    """Points, each a payload and its named vectors, and where the next page begins."""

    points: Iterator[tuple[dict[str, Any], Mapping[str, Any]]]
    following: Any


def page_of(content: bytes) -> Page:
    """What stands in an answer; ValueError, KeyError or TypeError where it is another."""
    if not _AS_ARRAYS:
        plain = from_json(content)["result"]
        points = ((point["payload"], point["vector"]) for point in plain["points"])
        return Page(points, plain["next_page_offset"])
    found: Any = simdjson.Parser().parse(content)
    result = found["result"]
    return Page(_points(result["points"]), result["next_page_offset"])


def _points(points: "Array") -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    point: Any
    try:
        for point in points:
            yield point["payload"].as_dict(), _vectors(point["vector"])
    except AttributeError as error:
        raise ValueError("the answer holds something else") from error


def _vectors(named: "Object") -> dict[str, Any]:
    """Each as numbers, float64: of shape (dimension,), (vectors, dimension), or by part where it is
    a sparse one."""
    found: dict[str, Any] = {}
    for name in named.keys():  # noqa: SIM118 - it is no mapping; its items() are lists
        vector: Any = named[name]
        found[name] = _vectors(vector) if hasattr(vector, "keys") else _numbers(vector)
    return found


def _numbers(array: "Array") -> Any:
    numbers = np.frombuffer(array.as_buffer(of_type="d"), dtype=np.float64)
    several = len(array) > 0 and not isinstance(array[0], int | float)
    return numbers.reshape(len(array), -1) if several else numbers
