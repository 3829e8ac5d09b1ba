"""Pages of points, their numbers as arrays or as lists."""

import json
from typing import Any

import numpy as np
import pytest

from isco.core.store import point_pages
from isco.core.store.point_pages import page_of

POINTS: list[dict[str, Any]] = [
    {
        "id": "a",
        "payload": {"label": "łódź 🚜", "alt_labels": ["a", "b"], "isco_major": {"code": "1"}},
        "vector": {
            "dense": [0.25, -1e-7, 1, 0],
            "labels": [[0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4]],
            "lexical": {"indices": [4294967295, 7], "values": [0.5, 1]},
        },
    },
    {
        "id": 2,
        "payload": {},
        "vector": {"dense": [0.1], "labels": [[0.3]], "words": {"indices": [], "values": []}},
    },
]


def answer(points: Any, following: Any = None) -> bytes:
    result = {"points": points, "next_page_offset": following}
    return json.dumps({"result": result, "status": "ok", "time": 0.1}).encode()


@pytest.fixture(params=[True, False], ids=["arrays", "lists"])
def either_way(request, monkeypatch):
    if request.param and not point_pages._AS_ARRAYS:
        pytest.skip("simdjson is not installed: numbers as arrays were not checked")
    monkeypatch.setattr(point_pages, "_AS_ARRAYS", request.param)


def same(found: Any, sent: Any) -> bool:
    if isinstance(sent, dict):
        return found.keys() == sent.keys() and all(same(found[key], sent[key]) for key in sent)
    array = np.asarray(found, dtype=np.float64)
    return array.shape == np.shape(sent) and bool((array == np.asarray(sent)).all())


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("following", [None, 7, "0b5e"])
def test_points_come_with_every_number_as_it_was_sent(following: Any) -> None:
    page = page_of(answer(POINTS, following))
    assert page.following == following
    for (payload, vectors), sent in zip(page.points, POINTS, strict=True):
        assert payload == sent["payload"]
        assert same(dict(vectors), sent["vector"])


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"result": []}',
        b'{"result": {"points": [], "next": 1}}',
        b'{"status": {"error": "forbidden"}}',
        answer([{"id": 1, "payload": {}}]),
        answer([{"id": 1, "payload": {}, "vector": {"dense": ["a"]}}]),
        answer([3]),
        answer([{"id": 1, "payload": None, "vector": {}}]),
    ],
)
def test_another_answer_is_one_of_the_errors_that_leave_it_to_the_client(content: bytes) -> None:
    # What is read as lists is taken for numbers, and for a leaf, where it is used.
    with pytest.raises((ValueError, KeyError, TypeError)):
        for payload, vectors in page_of(content).points:
            np.asarray(vectors["dense"], dtype=np.float32)
            payload["label"]
