"""Requests are as large as the server takes them, and what it can't store is said before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from qdrant_client import models
from qdrant_client.http.exceptions import ResponseHandlingException

from isco.core.errors import InputError, UnavailableError
from isco.core.records import Kind
from isco.core.settings import Settings
from isco.core.store import Groups, IndexedConcept, LabelledAd, OccupationStore, StoredAd
from isco.core.store.connection import open_client
from isco.core.store.sending import OverRest
from isco.core.store.uploading import Uploader
from isco.ingest.vector_checks import require_finite, require_room_for_names
from tests.support.doubles import make_concept
from tests.support.few_leaves import DIMENSION, LEAVES, described, indexed
from tests.support.qdrant_double import Limits, QdrantDouble

ADS = [
    LabelledAd(
        str(row), "survey", "nurse", "", "2221", "Nurses", "en", "2026-01-02T03:04:05+00:00",
        LEAVES[row].dense,
    )
    for row in range(3)
]  # fmt: skip
SPACE = {"dense": models.VectorParams(size=4, distance=models.Distance.COSINE)}
TWO_SPACES = {**SPACE, "more": models.VectorParams(size=2, distance=models.Distance.COSINE)}

pytestmark = pytest.mark.usefixtures("pauses")


@pytest.fixture
def settings(settings_at_double: Callable[..., Settings]) -> Settings:
    return settings_at_double(qdrant__retries=2)


def points(number: int, characters: int = 0) -> list[models.PointStruct]:
    return [
        models.PointStruct(
            id=row, vector={"dense": [1.0, 0, 0, row]}, payload={"label": "x" * characters}
        )
        for row in range(number)
    ]


def sent(
    settings: Settings,
    *what: models.PointStruct,
    megabytes: float = 8,
    space: dict[str, models.VectorParams] = SPACE,
) -> list[int]:
    """How many points each request that arrived had."""
    client = open_client(settings)
    store = OccupationStore(settings, client)
    client.create_collection("c", vectors_config=space)
    uploader = Uploader(client, store._call, settings.qdrant, "c")
    uploader._bytes = int(megabytes * 1e6)
    try:
        return [len(batch) for batch in uploader.send(what)]
    finally:
        assert client.count("c").count <= len(what)
        client.close()


def test_a_request_is_filled_up_to_so_many_points(settings: Settings) -> None:
    assert sent(settings, *points(300)) == [128, 128, 44]


def test_over_rest_a_request_is_filled_up_to_so_many_bytes_as_it_is_sent(
    make_settings: Callable[..., Settings], double: QdrantDouble
) -> None:
    settings = make_settings(qdrant__mode="server", qdrant__url=double.url)
    assert sum(sent(settings, *points(40, 10_000), megabytes=0.1)) == 40
    largest = max(double.sizes)
    assert 80_000 < largest <= 101_000


@pytest.mark.parametrize("limits", [{"points": 10}, {"points": 10, "forced": True}])
def test_what_strict_mode_refuses_is_halved_and_what_follows_is_as_small(
    settings: Settings, double: QdrantDouble, limits: dict[str, Any]
) -> None:
    double.limits = Limits(**limits)
    arrived = sent(settings, *points(100))
    assert sum(arrived) == 100
    assert max(arrived) <= 10
    refused = sum(one.path.endswith("/points") for one in double.requests) - len(arrived)
    assert refused == 4


def test_what_is_too_large_is_halved_and_what_follows_is_as_small(
    make_settings: Callable[..., Settings], double: QdrantDouble, pauses: list[float]
) -> None:
    settings = make_settings(qdrant__mode="server", qdrant__url=double.url)
    double.limits = Limits(body=50_000)
    assert sum(sent(settings, *points(100, 4_000))) == 100
    assert sum(size > 50_000 for size in double.sizes) < 6
    assert pauses == []


@pytest.mark.parametrize(
    ("space", "vector", "said"),
    [
        (SPACE, {"dense": [1.0, 0, 0, 0]}, r"'nurse' \(7\): it takes 0\.1 MB .*JSON payload"),
        (TWO_SPACES, {"dense": [1.0, 0, 0, 0], "more": [1.0, 0]}, r"its 'dense' takes 0\.1 MB"),
    ],
)
def test_a_single_point_that_is_too_large_is_named(
    make_settings: Callable[..., Settings],
    double: QdrantDouble,
    space: dict[str, models.VectorParams],
    vector: dict[str, list[float]],
    said: str,
) -> None:
    settings = make_settings(qdrant__mode="server", qdrant__url=double.url)
    double.limits = Limits(body=50_000)
    huge = models.PointStruct(id=7, vector=vector, payload={"label": "nurse", "text": "x" * 60_000})
    with pytest.raises(InputError, match=said):
        sent(settings, *points(3), huge, space=space)


def test_a_point_that_is_too_large_as_a_whole_is_sent_vector_by_vector(
    make_settings: Callable[..., Settings], double: QdrantDouble
) -> None:
    settings = make_settings(qdrant__mode="server", qdrant__url=double.url, qdrant__upload_batch=1)
    leaves = [LEAVES[1], large_leaf()]
    with OccupationStore(settings) as store:
        whole = store.read_indexed(store.build(described(2), leaves))
        double.limits = Limits(body=int(max(double.sizes) * 0.7))
        double.requests.clear()
        parted = store.read_indexed(store.build(described(2), leaves))
    asked = [path.rsplit("/", 1)[1] for method, path in double.requests if method == "PUT"]
    # Refused as a whole, then its first vector and four more of it.
    assert asked[-6:] == ["points"] * 2 + ["vectors"] * 4
    for one, other in zip(parted, whole, strict=True):
        assert one.leaf == other.leaf
        for using in ("dense", "labels", "head", "lexical", "words"):
            np.testing.assert_array_equal(getattr(one, using), getattr(other, using))


def large_leaf() -> IndexedConcept:
    """A leaf with all that a point can have, its names the largest part."""
    head = np.linspace(-1, 1, DIMENSION + 1, dtype=np.float32)
    words = (np.arange(100), np.linspace(0.1, 1, 100, dtype=np.float32))
    leaf = indexed("2512", "developer", *(f"developer {number}" for number in range(60)))
    return replace(leaf, head=head, words=words)


@pytest.mark.parametrize("cause", [httpx.WriteTimeout, httpx.WriteError, httpx.ReadError])
def test_a_large_body_that_breaks_off_is_halved_instead_of_sent_five_times(
    make_settings: Callable[..., Settings],
    double: QdrantDouble,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
    cause: type[httpx.TransportError],
) -> None:
    settings = make_settings(qdrant__mode="server", qdrant__url=double.url)
    send = httpx.Client.send

    def break_off(client: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        if len(request.content) > 1_500_000:
            raise cause("the server has gone")
        return send(client, request, **more)

    monkeypatch.setattr(httpx.Client, "send", break_off)
    assert sum(sent(settings, *points(100, 40_000))) == 100
    assert pauses == []
    assert max(double.sizes) <= 1_500_000


def test_a_small_body_that_breaks_off_is_tried_again(
    make_settings: Callable[..., Settings],
    double: QdrantDouble,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = make_settings(qdrant__mode="server", qdrant__url=double.url, qdrant__retries=2)
    monkeypatch.setattr(
        OverRest,
        "upsert",
        lambda *_: (_ for _ in ()).throw(ResponseHandlingException(httpx.ReadError("gone"))),
    )
    with pytest.raises(UnavailableError, match="after 3 attempts"):
        sent(settings, *points(3))
    assert len(pauses) == 2


@pytest.mark.parametrize("forced", [False, True])
def test_an_ingest_passes_whatever_strict_mode_forbids(
    settings: Settings, double: QdrantDouble, forced: bool
) -> None:
    double.limits = Limits(points=2, page=2, exact=False, unindexed=False, forced=forced)
    with OccupationStore(settings) as store:
        name = store.build(described(), LEAVES)
        assert len(store.read_indexed(name)) == len(LEAVES)
        assert len(store.read_indexed(name, "en")) == len(LEAVES)
        labelled = store.labelled()
        labelled.prepare(described())
        labelled.store(ADS, Groups.of(item.leaf for item in LEAVES))
        assert {ad.id for ad in labelled.read(described())} == {"0", "1", "2"}
        assert (labelled.remove("survey", ["1"]), labelled.remove("survey")) == (1, 2)
        store.ads().prepare(described())
        store.ads().store([StoredAd("a", LEAVES[0].dense, {"language": "en"})])
        similar = store.ads().similar_concepts("a", name, described(), [Kind.LEAF], 1)
        assert [one.concept for one in similar] == [LEAVES[0].leaf]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dense": np.full(8, np.nan, dtype=np.float32)}, "'dense' of 'cook' .* is not finite"),
        ({"dense": np.zeros(7, dtype=np.float32)}, r"'dense' of 'cook' .*shape \(7,\) instead"),
        ({"labels": np.full((2, 8), np.inf, dtype=np.float32)}, "'labels' of 'cook' .*not finite"),
        ({"labels": np.zeros((3, 8), dtype=np.float32)}, r"'labels' of 'cook' .*\(3, 8\) instead"),
        ({"head": np.zeros(8, dtype=np.float32)}, r"'head' of 'cook' .*instead of \(9,\)"),
        ({"lexical": (np.array([1]), np.array([np.nan]))}, "'lexical' of 'cook' .*not finite"),
    ],
)
def test_vectors_that_are_none_are_named_and_nothing_of_them_is_stored(
    settings: Settings, double: QdrantDouble, changes: dict[str, Any], said: str
) -> None:
    with OccupationStore(settings) as store:
        old = store.build(described(), LEAVES)
        broken = replace(LEAVES[2], **changes)
        with pytest.raises(InputError, match=said):
            store.build(described(), [*LEAVES[:2], broken, *LEAVES[3:]])
        assert [info.name for info in store.collections()] == [old]


def test_names_beyond_what_a_point_can_have_are_counted_before_anything_is_embedded() -> None:
    fits = make_concept("2221", "nurse", *(f"nurse {n}" for n in range(2_729)))
    require_room_for_names([fits], 384)
    too_many = make_concept("2221", "nurse", *(f"nurse {n}" for n in range(2_730)))
    with pytest.raises(InputError, match=r"'nurse' .* has 2731 names, but Qdrant takes 2730"):
        require_room_for_names([too_many], 384)


@pytest.mark.parametrize("which", ["names", "documents"])
def test_a_model_that_gives_no_numbers_is_told_with_the_leaf(which: str) -> None:
    leaves = [make_concept("5120", "cook", "chef"), make_concept("2221", "nurse")]
    vectors = {"names": np.ones((3, 4)), "documents": np.ones((2, 4))}
    require_finite(leaves, counts=[2, 1], **vectors)
    vectors[which][-1, 1] = np.nan
    with pytest.raises(UnavailableError, match=r"gave 'nurse' .* not finite"):
        require_finite(leaves, counts=[2, 1], **vectors)
