"""How a Qdrant server refuses, over REST and gRPC, and what is made of it.

The texts are those of a real server 1.18.3; the doubles are held against them.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import grpc
import numpy as np
import pytest
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from isco.core.errors import ConfigError, UnavailableError
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.core.store import OccupationStore
from isco.core.store.connection import open_client
from isco.core.store.refusals import refusal_of
from isco.retriever.factory import open_classifier, read_search_data
from tests.support.at_qdrant import address, over_grpc
from tests.support.doubles import HashingEmbedder, index_leaves
from tests.support.few_leaves import LEAVES, described
from tests.support.learned import learned_fit
from tests.support.qdrant_double import Fault, Limits, QdrantDouble
from tests.support.small_taxonomy import LEAVES as SMALL

RETRIES = 2
ALIAS = "isco_occupations"

pytestmark = pytest.mark.usefixtures("pauses")


@pytest.fixture
def settings(settings_at_double: Callable[..., Settings]) -> Settings:
    return settings_at_double(qdrant__retries=RETRIES)


@pytest.fixture
def client(settings: Settings) -> Iterator[QdrantClient]:
    with suppress(UnavailableError):
        client = open_client(settings)
        yield client
        client.close()


def speaks_grpc(settings: Settings) -> bool:
    return settings.qdrant.prefer_grpc


# --- the doubles answer as a real server ---


def with_a_collection(client: QdrantClient) -> None:
    many = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
    cosine = models.Distance.COSINE
    vectors = {
        "dense": models.VectorParams(size=4, distance=cosine),
        "labels": models.VectorParams(size=4, distance=cosine, multivector_config=many),
    }
    client.create_collection("there", vectors_config=vectors)


def aliasing(name: str, to: str) -> Callable[[QdrantClient], Any]:
    action = models.CreateAliasOperation(
        create_alias=models.CreateAlias(collection_name=to, alias_name=name)
    )
    return lambda client: client.update_collection_aliases([action])


def storing(*vectors: list[float]) -> Callable[[QdrantClient], Any]:
    points = [
        models.PointStruct(id=number, vector={"dense": vector}, payload={})
        for number, vector in enumerate(vectors)
    ]
    return lambda client: client.upsert("there", points)


def asking(**named: Any) -> Callable[[QdrantClient], Any]:
    return lambda client: client.query_points("there", [1.0, 0, 0, 0], using="dense", **named)


EXISTS = r"Wrong input: Collection `there` already exists!"
AWAY = r"Not found: Collection `away` doesn't exist!"
ANSWERS: dict[str, tuple[Callable[[QdrantClient], Any], int, str, str]] = {
    "a collection that is there": (with_a_collection, 409, "ALREADY_EXISTS", EXISTS),
    "an alias named as a collection": (
        aliasing("there", "there"), 409, "ALREADY_EXISTS", EXISTS,
    ),
    "an alias to nothing": (aliasing("alias", "away"), 404, "NOT_FOUND", AWAY),
    "a count in nothing": (lambda client: client.count("away"), 404, "NOT_FOUND", AWAY),
    "a vector of the wrong size": (
        storing([1, 0, 0]), 400, "INVALID_ARGUMENT",
        "Wrong input: Vector dimension error: expected dim: 4, got 3 for vector 'dense'",
    ),
    "too many points": (
        storing(*[[1, 0, 0, 0]] * 3), 400, "INVALID_ARGUMENT",
        'Bad request: Limit exceeded 3 > 2 for "upsert limit". '
        'Help: Reduce the "upsert limit" parameter to or below 2.',
    ),
    "a page that is too long": (
        lambda client: client.scroll("there", limit=256), 400, "INVALID_ARGUMENT",
        'Bad request: Limit exceeded 256 > 100 for "limit". '
        'Help: Reduce the "limit" parameter to or below 100.',
    ),
    "a multivector of too many numbers": (
        lambda client: client.upsert(
            "there", [models.PointStruct(id=1, vector={"labels": [[1.0, 0, 0, 0]] * 5})]
        ),
        422, "INVALID_ARGUMENT",
        "Validation error: Total size of all vectors (20) must be less than 16",
    ),
    "a filter without an index": (
        lambda client: client.scroll("there", models.Filter(must=[
            models.FieldCondition(key="k", match=models.MatchValue(value="v"))
        ])),
        400, "INVALID_ARGUMENT",
        'Bad request: Index required but not found for "k" of one of the following types: '
        "[keyword]. Help: Create an index for this key or use a different filter.",
    ),
    "exact search": (
        asking(search_params=models.SearchParams(exact=True)), 400, "INVALID_ARGUMENT",
        "Bad request: Exact search disabled!. Help: Set exact=false.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("asked", ANSWERS)
def test_what_is_refused_is_refused_in_a_real_server_s_words(
    client: QdrantClient,
    settings: Settings,
    double: QdrantDouble,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
) -> None:
    with_a_collection(client)
    monkeypatch.setattr("tests.support.qdrant_double.operations.MULTIVECTOR", 16)
    double.limits = Limits(points=2, page=100, exact=False, unindexed=False)
    call, status, code, text = ANSWERS[asked]
    with pytest.raises((UnexpectedResponse, grpc.RpcError)) as caught:
        call(client)
    refusal = refusal_of(caught.value)
    assert refusal is not None
    assert refusal.code == (code if speaks_grpc(settings) else str(status))
    # gRPC has one word for what REST tells apart.
    assert refusal.status == (
        400 if code == "INVALID_ARGUMENT" and speaks_grpc(settings) else status
    )
    assert refusal.text == text


def test_deleting_what_is_not_there_is_no_error(client: QdrantClient) -> None:
    assert client.delete_collection("away") is False


def test_a_collection_made_without_strict_mode_has_none(
    client: QdrantClient, double: QdrantDouble
) -> None:
    vectors = {"dense": models.VectorParams(size=4, distance=models.Distance.COSINE)}
    free = models.StrictModeConfig(enabled=False)
    client.create_collection("there", vectors_config=vectors, strict_mode_config=free)
    double.limits = Limits(points=2, page=100, exact=False)
    storing(*[[1, 0, 0, 0]] * 3)(client)
    asking(search_params=models.SearchParams(exact=True))(client)
    assert len(client.scroll("there", limit=256)[0]) == 3


def test_nan_is_refused_by_rest_and_stored_by_grpc(
    client: QdrantClient, settings: Settings, double: QdrantDouble
) -> None:
    with_a_collection(client)
    store = storing([float("nan"), 0, 0, 1])
    if speaks_grpc(settings):
        store(client)
        return
    with pytest.raises(Exception, match="did not match any variant of untagged enum VectorStruct"):
        store(client)
    assert [found for found in double.violations if "'dense': [None" in found]
    double.violations.clear()


def test_a_body_over_the_limit_is_refused_with_400_by_rest_alone(
    client: QdrantClient, settings: Settings, double: QdrantDouble
) -> None:
    with_a_collection(client)
    double.limits = Limits(body=40)
    store = storing([1, 0, 0, 0])
    if speaks_grpc(settings):
        store(client)
        return
    with pytest.raises(Exception, match="JSON payload") as caught:
        store(client)
    refusal = refusal_of(caught.value)
    assert refusal is not None
    assert refusal.status == 400
    assert re.fullmatch(
        r"JSON payload \(\d+ bytes\) is larger than allowed \(limit: 40 bytes\)\.", refusal.text
    )


def test_grpc_has_no_limit_of_its_own_either_way(client: QdrantClient, settings: Settings) -> None:
    """The library's is 4 MB a message, and a page of a taxonomy is more."""
    with_a_collection(client)
    text = "x" * 3_000_000
    points = [models.PointStruct(id=n, vector={}, payload={"text": text}) for n in range(2)]
    client.upsert("there", points)
    found = client.scroll("there", limit=10)[0]
    assert [record.payload for record in found] == [{"text": text}] * 2


def test_metadata_are_merged(client: QdrantClient) -> None:
    vectors = {"dense": models.VectorParams(size=4, distance=models.Distance.COSINE)}
    client.create_collection("there", vectors_config=vectors, metadata={"one": 1, "two": 2})
    client.update_collection("there", metadata={"two": None, "three": 3})
    found = client.get_collection("there").config.metadata
    assert found == {"one": 1, "two": None, "three": 3}


# --- what is made of it ---

CONSENSUS = (
    "Service internal error: Waiting for consensus operation commit failed. Timeout set at: 10 "
    "seconds"
)
TONIC = (
    "Service internal error: Tonic status error: code: 'The service is currently unavailable', "
    'message: "Failed to connect to http://node2:6335, error: transport error"'
)


@pytest.mark.parametrize("code", ["INTERNAL", "UNKNOWN", "CANCELLED", "ABORTED"])
def test_what_passes_by_itself_is_tried_again_over_grpc_as_over_rest(
    settings: Settings, double: QdrantDouble, pauses: list[float], code: str
) -> None:
    fault = {"status": 500, "code": code, "works": False, "text": "Service internal error: x"}
    double.faults = [Fault(times=RETRIES, **fault)]
    with OccupationStore(settings) as store:
        assert store.active() is None
        assert len(pauses) == RETRIES
        double.faults = [Fault(times=RETRIES + 1, **fault)]
        told = code if speaks_grpc(settings) else "500"
        said = f"answered {told} after 3 attempts: Service internal error: x; "
        with pytest.raises(UnavailableError, match=re.escape(said)) as caught:
            store.active()
    assert address(settings, double) in str(caught.value)


@pytest.mark.parametrize("text", [CONSENSUS, TONIC])
def test_most_nodes_of_a_cluster_away_is_said_in_words(
    settings: Settings, double: QdrantDouble, text: str
) -> None:
    double.faults = [Fault(status=500, works=False, text=text, times=RETRIES + 1)]
    with (
        OccupationStore(settings) as store,
        pytest.raises(UnavailableError, match=r"too few nodes of the cluster.*start those"),
    ):
        store.active()


@pytest.mark.parametrize(
    ("path", "method"), [("/collections/[^/]+", "PUT"), ("/collections/aliases", "POST")]
)
def test_a_lost_answer_that_makes_the_second_try_a_conflict_has_done_its_work(
    settings: Settings, double: QdrantDouble, path: str, method: str
) -> None:
    double.faults = [Fault(method=method, path=path, status=500)]
    with OccupationStore(settings) as store:
        name = store.build(described(), LEAVES)
        assert store.require_active()[0].name == name


def test_a_server_that_hangs_or_is_away_is_named_by_the_address_that_was_asked(
    settings: Settings, double: QdrantDouble
) -> None:
    fault = {"status": 504, "works": False, "text": "Deadline Exceeded", "times": RETRIES + 1}
    double.faults = [Fault(**fault)]
    slow = "did not answer in time" if speaks_grpc(settings) else "answered 504"
    with OccupationStore(settings) as store:
        with pytest.raises(UnavailableError, match=slow):
            store.active()
        double.close()
        with pytest.raises(UnavailableError, match="can't be reached after 3 attempts") as caught:
            store.active()
    words = str(caught.value)
    assert address(settings, double) in words
    assert ("qdrant.grpc_port" in words) == speaks_grpc(settings)
    assert "docker compose up -d" in words


@pytest.mark.parametrize(
    ("url", "port", "said"),
    [
        (
            "http://127.0.0.1:{grpc}",
            None,
            r"answers, but not in HTTP: check the port in qdrant\.url",
        ),
        ("http://127.0.0.1:{rest}", "rest", r"answers, but not in gRPC: check qdrant\.grpc_port"),
        ("https://127.0.0.1:{rest}", None, r"answers without TLS: write http:// in qdrant\.url"),
        ("https://127.0.0.1:{rest}", "grpc", r"answers without TLS: write http:// in qdrant\.url"),
    ],
)
def test_an_address_that_speaks_something_else_is_said_as_that_and_at_once(
    double: QdrantDouble,
    make_settings: Callable[..., Settings],
    pauses: list[float],
    url: str,
    port: str | None,
    said: str,
) -> None:
    ports = {"rest": int(double.url.rsplit(":")[-1]), "grpc": double.grpc_port}
    settings = make_settings(
        qdrant__mode="server",
        qdrant__url=url.format(**ports),
        **(over_grpc(ports[port]) if port else {}),
    )
    with OccupationStore(settings) as store, pytest.raises(UnavailableError, match=said):
        store.active()
    assert pauses == []


@pytest.mark.parametrize("text", ["<html>404 Not Found</html>", '{"detail": "Not Found"}'])
def test_an_address_of_another_service_is_said_as_that(
    double: QdrantDouble, make_settings: Callable[..., Settings], text: str
) -> None:
    settings = make_settings(qdrant__mode="server", qdrant__url=double.url, qdrant__retries=0)
    double.faults = [Fault(status=404, works=False, raw=text)]
    with OccupationStore(settings) as store, pytest.raises(UnavailableError, match="is not Qdrant"):
        store.active()


@pytest.mark.parametrize("retries", [0, 1])
def test_a_server_that_hangs_is_given_up_in_time_and_asked_again(
    settings: Settings, double: QdrantDouble, pauses: list[float], retries: int
) -> None:
    qdrant = settings.qdrant.model_copy(update={"timeout": 1, "retries": retries})
    impatient = settings.model_copy(update={"qdrant": qdrant})
    double.faults = [Fault(path="/aliases", hangs=True)]
    with OccupationStore(impatient) as store:
        if retries:
            assert store.active() is None
            assert len(pauses) == 1
            return
        with pytest.raises(UnavailableError, match=r"did not answer in time .*timeout") as it:
            store.active()
    assert address(settings, double) in str(it.value)


@pytest.mark.parametrize("embedded", [False, True])
def test_vectors_of_zeros_are_stored_read_and_searched(
    settings: Settings, make_settings: Callable[..., Settings], embedded: bool
) -> None:
    place = make_settings(search__top=4) if embedded else settings
    model = HashingEmbedder()
    zeros = np.zeros_like
    leaves = [
        replace(leaf, dense=zeros(leaf.dense), labels=zeros(leaf.labels)) if not row else leaf
        for row, leaf in enumerate(index_leaves(SMALL, model))
    ]
    metadata = described(
        model=model.name, model_revision=model.revision, dimension=model.dimension,
        points=len(leaves),
    )  # fmt: skip
    with OccupationStore(place) as store:
        store.build(metadata, leaves)
    index = read_search_data(place, model).index
    row = [concept.label for concept in index.concepts].index(SMALL[0].label)
    assert not index.dense[row].any()
    assert np.isfinite(index.names.vectors).all()
    (found,) = open_classifier(place, model).classify_batch([Ad("1", SMALL[0].label, "", 1, 1)])
    assert all(np.isfinite(candidate.score) for candidate in found.candidates)
    assert found.isco_code == SMALL[0].isco_code


@pytest.mark.parametrize("key", ["alias", "labelled_collection"])
def test_an_alias_named_as_a_collection_is_told_before_anything_is_sent(
    settings: Settings, client: QdrantClient, double: QdrantDouble, key: str
) -> None:
    changed = {key: "there"}
    qdrant = settings.qdrant.model_copy(update=changed)
    with_a_collection(client)
    with OccupationStore(settings.model_copy(update={"qdrant": qdrant})) as store:
        with pytest.raises(ConfigError, match=rf"named there, .*qdrant\.{key}"):
            if key == "alias":
                store.build(described(), LEAVES)
            else:
                store.labelled().prepare(described())
        assert store.collections() == []
    assert not any(asked.method == "PUT" for asked in double.requests[1:])


def test_what_a_collection_says_of_itself_stays_when_a_part_is_said_anew(
    settings: Settings,
) -> None:
    fit = learned_fit()
    with OccupationStore(settings) as store:
        labelled = store.labelled()
        labelled.prepare(described())
        labelled.set_fit(fit)
        first = labelled.state(described())
        with labelled.changing():
            assert (now := labelled.state(described())) and now.changing
        last = labelled.state(described())
        assert first and last and first.fit == last.fit is not None
        assert first.revision != last.revision
        labelled.set_fit(None)
        assert labelled.fit() is None
