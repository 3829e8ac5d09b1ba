"""The taxonomy in Qdrant: the same behaviour embedded, in memory, over HTTP, on a real server.

Over gRPC as well; a real server is asked only when there is one (tests/support/real_qdrant.py).
"""

import json
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from qdrant_client import QdrantClient, models

import isco.core.store
from isco.core.embedding.base import unit_rows
from isco.core.errors import ConfigError, ModelMismatchError, UnavailableError
from isco.core.settings import Settings
from isco.core.store import (
    CollectionMetadata,
    IndexedConcept,
    OccupationStore,
    point_id,
    reading,
)
from isco.core.store.connection import PatientCaller, open_client
from isco.core.store.metadata import BUILDING, READY, collection_name
from isco.core.store.pauses import LONGEST_PAUSE
from isco.core.store.points import concept_of, payload_of, shortest, to_point
from tests.support.at_qdrant import CONTRACT, keyed, over_grpc
from tests.support.few_leaves import DIMENSION, LEAVES, POLISH, described
from tests.support.qdrant_double import (
    Fault,
    QdrantDouble,
    Request,
    answer_with,
    change_points,
    cut_connection,
    lose_answer,
)
from tests.support.real_qdrant import REAL_MODES, real_server

MODES = ("memory", "local", "server", "grpc", *REAL_MODES)
RETRIES = 3
BATCH = 2

pytestmark = pytest.mark.usefixtures("pauses")


@dataclass
class Place:
    """A store, and behind its back a client of the same Qdrant."""

    mode: str
    settings: Settings
    client: QdrantClient
    store: OccupationStore

    def names(self) -> set[str]:
        return {found.name for found in self.client.get_collections().collections}


@pytest.fixture
def settings_for(make_settings: Callable[..., Settings]) -> Callable[..., Settings]:
    def make(mode: str, url: str = "", **values: Any) -> Settings:
        common = {"qdrant__retries": RETRIES, "qdrant__upload_batch": BATCH}
        at = {"qdrant__mode": mode, **({"qdrant__url": url} if url else {})}
        return make_settings(**{**common, **at, **values})

    return make


@pytest.fixture(params=MODES)
def place(request: pytest.FixtureRequest, settings_for: Callable[..., Settings]) -> Iterator[Place]:
    mode = request.param
    if mode == "server":
        settings = settings_for("server", request.getfixturevalue("double").url)
    elif mode == "grpc":
        double = request.getfixturevalue("double")
        settings = settings_for("server", double.url, **over_grpc(double.grpc_port))
    elif mode in REAL_MODES:
        with real_server(mode) as values:
            settings = settings_for("server", **values)
            client = open_client(settings)
            yield Place(mode, settings, client, OccupationStore(settings, client))
            client.close()
        return
    else:
        settings = settings_for(mode)
    client = open_client(settings)
    yield Place(mode, settings, client, OccupationStore(settings, client))
    client.close()


@pytest.fixture
def served(double: QdrantDouble, settings_for: Callable[..., Settings]) -> Iterator[Place]:
    """The store at the double, for what only a server can do."""
    settings = settings_for("server", double.url, qdrant__keep_collections=1)
    client = open_client(settings)
    yield Place("server", settings, client, OccupationStore(settings, client))
    client.close()


def assert_in_use(place: Place, name: str) -> None:
    """`name` is in use and whole, and nothing half-built lies about."""
    info, metadata = place.store.require_active()
    assert (info.name, info.points, info.state) == (name, len(LEAVES), READY)
    assert metadata == described()
    assert all(found.state == READY for found in place.store.collections())


def breaking(after: int, error: BaseException) -> Iterator[IndexedConcept]:
    """Some leaves, then an error."""
    yield from LEAVES[:after]
    raise error


# --- before the first build ---


def test_nothing_is_in_use_before_the_first_build(place: Place) -> None:
    assert place.store.active() is None
    assert place.store.collections() == []


def test_who_needs_the_taxonomy_before_the_first_build_is_told_the_command(place: Place) -> None:
    with pytest.raises(UnavailableError, match="run isco ingest") as caught:
        place.store.require_active()
    assert place.store.where in str(caught.value)
    assert caught.value.exit_code == 3


# --- a build ---


def test_a_build_is_in_use_whole_and_says_what_it_is(place: Place) -> None:
    name = place.store.build(described(), LEAVES)
    info = place.store.active()
    assert info is not None
    assert (info.name, info.points, info.state) == (name, len(LEAVES), READY)
    assert (info.in_use, info.whole, info.metadata) == (True, True, described())
    assert info.alias == place.settings.qdrant.alias
    assert info.created is not None
    assert info.activated is not None
    assert info.created <= datetime.fromisoformat(info.activated) <= datetime.now(UTC)
    assert place.client.count(name, exact=True).count == len(LEAVES)
    aliases = {
        found.alias_name: found.collection_name for found in place.client.get_aliases().aliases
    }
    assert aliases[place.settings.qdrant.alias] == name
    assert place.store.require_active() == (info, described())
    assert place.store.collections() == [info]


def test_a_missing_notice_stays_missing(place: Place) -> None:
    metadata = described(notice=None)
    place.store.build(metadata, LEAVES)
    assert place.store.require_active()[1] == metadata


def test_the_name_tells_taxonomy_model_and_moment(place: Place) -> None:
    name = place.store.build(described(), LEAVES)
    form = r"isco_occupations__esco-v1\.2\.1-en__intfloat-e5-small__\d{8}T\d{9}"
    assert re.fullmatch(form, name)


def test_a_name_carries_the_utc_moment_to_the_millisecond() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
    assert collection_name(described(), moment).endswith("__20260102T030405678")


@pytest.mark.parametrize("page", [1, 2, len(LEAVES), 256])
def test_leaves_come_back_in_full_with_their_vectors(
    place: Place, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_PAGE", page)
    name = place.store.build(described(), iter(LEAVES))
    found = place.store.read_indexed(name)
    expected = sorted(LEAVES, key=lambda item: point_id(item.leaf.uri))
    assert [item.leaf for item in found] == [item.leaf for item in expected]
    # Qdrant normalises to length one in 32 bits, which unit vectors survive but for rounding.
    for got, sent in zip(found, expected, strict=True):
        np.testing.assert_allclose(got.dense, sent.dense, atol=1e-6)
        np.testing.assert_allclose(got.labels, sent.labels, atol=1e-6)
        np.testing.assert_array_equal(got.lexical[0], sent.lexical[0])
        np.testing.assert_allclose(got.lexical[1], sent.lexical[1], rtol=1e-6)


def test_a_further_language_has_points_of_its_own(place: Place) -> None:
    metadata = described(len(LEAVES) + len(POLISH), language="en,pl")
    name = place.store.build(metadata, [*LEAVES, *POLISH])
    records, _ = place.client.scroll(name, limit=100)
    payloads = {record.id: record.payload for record in records}
    assert payloads == {
        **{point_id(item.leaf.uri): payload_of(item.leaf) for item in LEAVES},
        **{point_id(item.leaf.uri, "pl"): payload_of(item.leaf) for item in POLISH},
    }
    polish = payloads[str(uuid.uuid5(uuid.NAMESPACE_URL, f"{LEAVES[0].leaf.uri}#pl"))]
    assert polish is not None
    assert (polish["label"], polish["main_label"], polish["language"]) == (
        "programista", "software developer", "pl",
    )  # fmt: skip


def test_each_language_is_read_by_itself_and_the_main_one_alone_if_asked(place: Place) -> None:
    metadata = described(len(LEAVES) + len(POLISH), language="en,pl")
    name = place.store.build(metadata, [*LEAVES, *POLISH])

    def languages(points: list[IndexedConcept]) -> list[str]:
        return sorted(item.leaf.language for item in points)

    assert languages(place.store.read_indexed(name, "pl")) == ["pl"] * 2
    assert languages(place.store.read_indexed(name, "en")) == ["en"] * 5
    assert place.store.read_indexed(name, "nl") == []
    assert languages(place.store.read_indexed(name)) == ["en"] * 5 + ["pl"] * 2


def test_what_is_known_of_a_code_comes_back_with_the_point_that_has_it(place: Place) -> None:
    metadata = described(len(POLISH), language="pl")
    name = place.store.build(metadata, POLISH)
    found = {item.leaf.label: item for item in place.store.read_indexed(name)}
    with_all, sent = found["programista"], POLISH[0]
    assert with_all.head is not None
    assert with_all.words is not None
    np.testing.assert_array_equal(with_all.head, sent.head)
    np.testing.assert_array_equal(with_all.words, sent.words)
    assert (found["pielęgniarka"].head, found["pielęgniarka"].words) == (None, None)


@pytest.mark.parametrize(("main", "suffix"), [("en", "#pl"), ("pl", "")])
def test_a_points_id_names_its_language_unless_that_is_the_main_one(main: str, suffix: str) -> None:
    point = to_point(POLISH[0], main)
    assert point.id == str(uuid.uuid5(uuid.NAMESPACE_URL, f"{POLISH[0].leaf.uri}{suffix}"))
    assert point.payload == payload_of(POLISH[0].leaf)
    leaf = replace(
        POLISH[0].leaf,
        everyday_names=("koder",),
        listed_names=(("Index", ("kod",)),),
        essential_skills=("pisać programy",),
    )
    assert concept_of(payload_of(leaf)) == leaf


def test_numbers_in_short_are_the_same_and_take_two_thirds_of_the_room() -> None:
    chance = np.random.default_rng(3)
    vectors = unit_rows(chance.standard_normal((50, 384)).astype(np.float32))
    odd = np.array([[0, 1, -1, 3e38, 1e-38, 1e-45, 16_777_217, 0.1]], dtype=np.float32)
    for sent in (vectors, odd):
        told = json.dumps(shortest(sent))
        assert np.array_equal(np.array(json.loads(told), dtype=np.float32), sent)
    assert len(json.dumps(shortest(vectors))) < 0.67 * len(json.dumps(vectors.tolist()))


@pytest.mark.parametrize(("language", "codes"), [("en", ("en",)), ("en,pl,nl", ("en", "pl", "nl"))])
def test_a_collection_says_its_languages_the_main_one_first(
    language: str, codes: tuple[str, ...]
) -> None:
    metadata = described(language=language)
    assert metadata.languages == codes
    assert metadata.taxonomy_name == f"esco v1.2.1 {language}"
    assert CollectionMetadata.from_payload(metadata.to_payload(READY)) == metadata


def test_points_are_identified_by_the_uri_and_show_the_whole_leaf(place: Place) -> None:
    name = place.store.build(described(), LEAVES)
    records, _ = place.client.scroll(name, limit=100)
    payloads = {record.id: record.payload for record in records}
    assert payloads == {
        str(uuid.uuid5(uuid.NAMESPACE_URL, item.leaf.uri)): payload_of(item.leaf) for item in LEAVES
    }


def test_a_payload_reads_from_the_label_through_the_groups_to_the_details() -> None:
    assert list(payload_of(LEAVES[0].leaf)) == [
        "label",
        "isco_code",
        "isco_label",
        "isco_major",
        "isco_sub_major",
        "isco_minor",
        "uri",
        "alt_labels",
        "description",
        "language",
        "taxonomy_version",
        "kind",
        "essential_skills",
        "optional_skills",
        "main_label",
        "everyday_names",
        "listed_names",
        "notation",
        "notes",
    ]


def test_a_payload_of_an_earlier_release_is_a_leaf_without_skills_in_one_language() -> None:
    leaf = LEAVES[0].leaf
    later = (
        "essential_skills", "optional_skills", "main_label", "everyday_names", "listed_names",
        "notation", "notes",
    )  # fmt: skip
    payload = {k: v for k, v in payload_of(leaf).items() if k not in later}
    assert concept_of(payload) == leaf


def test_the_same_leaves_have_the_same_ids_at_every_build(place: Place) -> None:
    names = [place.store.build(described(), LEAVES) for _ in range(2)]
    first, second = ({record.id for record in place.client.scroll(name)[0]} for name in names)
    assert first == second


def test_progress_tells_of_every_batch_that_arrived(place: Place) -> None:
    told: list[int] = []
    place.store.build(described(), LEAVES, told.append)
    assert told == [2, 2, 1]


def test_a_server_indexes_the_keys_that_are_filtered_by(served: Place) -> None:
    name = served.store.build(described(), LEAVES)
    schema = served.client.get_collection(name).payload_schema
    assert set(schema) == {
        "isco_code",
        "isco_major",
        "isco_sub_major",
        "isco_minor",
        "uri",
        "kind",
        "language",
    }
    assert {index.data_type for index in schema.values()} == {models.PayloadSchemaType.KEYWORD}


# --- one build after another ---


def test_the_last_two_builds_are_kept(place: Place) -> None:
    first, second, third = (place.store.build(described(), LEAVES) for _ in range(3))
    assert [info.name for info in place.store.collections()] == [third, second]
    assert [info.in_use for info in place.store.collections()] == [True, False]
    assert first not in place.names()


def test_the_second_build_takes_over_and_the_first_stays_as_it_was(place: Place) -> None:
    first = place.store.build(described(), LEAVES)
    second = place.store.build(described(points=2), LEAVES[:2])
    info, metadata = place.store.require_active()
    assert (info.name, info.points, metadata.points) == (second, 2, 2)
    assert len(place.store.read_indexed(first)) == len(LEAVES)


def test_only_the_one_in_use_is_kept_when_so_configured(served: Place) -> None:
    served.store.build(described(), LEAVES)
    second = served.store.build(described(), LEAVES)
    assert served.names() == {second}


def version_of(leaves: list[IndexedConcept], version: str) -> list[IndexedConcept]:
    """The leaves as that version of the taxonomy has them."""
    return [replace(item, leaf=replace(item.leaf, taxonomy_version=version)) for item in leaves]


def version_found(store: OccupationStore) -> str:
    """The version that a reader finds, which must be whole."""
    info, metadata = store.require_active()
    leaves = store.read_indexed(info.name)
    assert len(leaves) == metadata.points
    assert {item.leaf.taxonomy_version for item in leaves} == {metadata.taxonomy_version}
    return metadata.taxonomy_version


def test_a_reader_finds_a_whole_version_after_every_call_of_a_build_and_of_a_rollback(
    place: Place,
) -> None:
    place.store.build(described(taxonomy_version="v1"), version_of(LEAVES, "v1"))
    reader = OccupationStore(place.settings, place.client)
    found: list[str] = []

    class ReadingCaller(PatientCaller):
        def unless(self, *args: Any, **kwargs: Any) -> Any:
            answer = super().unless(*args, **kwargs)
            found.append(version_found(reader))
            return answer

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            answer = super().__call__(*args, **kwargs)
            found.append(version_found(reader))
            return answer

    place.store._call = ReadingCaller(RETRIES, place.store.where)
    place.store.build(described(4, taxonomy_version="v2"), version_of(LEAVES[:4], "v2"))
    built = len(found)
    place.store.rollback()
    assert found[0] == "v1"
    assert found[built - 1] == "v2"
    assert found[:built] == sorted(found[:built])
    assert found[built:] == sorted(found[built:], reverse=True)
    assert version_found(reader) == "v1"


def test_reading_goes_on_in_the_version_it_began_with_when_the_alias_moves(place: Place) -> None:
    first = place.store.build(described(taxonomy_version="v1"), version_of(LEAVES, "v1"))
    info, _ = place.store.require_active()
    place.store.build(described(taxonomy_version="v2"), version_of(LEAVES, "v2"))
    assert info.name == first
    leaves = place.store.read_indexed(info.name)
    assert {item.leaf.taxonomy_version for item in leaves} == {"v1"}


@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize("error", [ValueError("no vector"), KeyboardInterrupt()], ids=repr)
def test_a_build_that_breaks_off_leaves_the_old_one_in_use_and_no_debris(
    place: Place, after: int, error: BaseException
) -> None:
    old = place.store.build(described(), LEAVES)
    with pytest.raises(type(error)) as caught:
        place.store.build(described(), breaking(after, error))
    assert caught.value is error
    assert_in_use(place, old)
    assert place.names() == {old}


@pytest.mark.parametrize("promised", [len(LEAVES) - 1, len(LEAVES) + 1])
def test_a_build_of_another_size_than_promised_is_not_put_into_use(
    place: Place, promised: int
) -> None:
    old = place.store.build(described(), LEAVES)
    with pytest.raises(UnavailableError, match=f"holds 5 points instead of {promised}"):
        place.store.build(described(points=promised), LEAVES)
    assert_in_use(place, old)
    assert place.names() == {old}


def test_what_a_killed_build_left_is_cleared_by_the_next(place: Place) -> None:
    debris = collection_name(described(), datetime(2020, 1, 1, tzinfo=UTC))
    place.client.create_collection(
        debris,
        vectors_config=models.VectorParams(size=DIMENSION, distance=models.Distance.COSINE),
        metadata=described().to_payload(BUILDING),
    )
    (found,) = place.store.collections()
    assert (found.name, found.state, found.in_use) == (debris, BUILDING, False)
    assert place.store.active() is None
    name = place.store.build(described(), LEAVES)
    assert place.names() == {name}


def test_what_can_t_be_cleared_now_is_cleared_by_the_next_build(
    served: Place, double: QdrantDouble
) -> None:
    old = served.store.build(described(), LEAVES)
    double.faults = [answer_with(500, method="DELETE")]
    with pytest.raises(ValueError, match="no vector"):
        served.store.build(described(), breaking(3, ValueError("no vector")))
    assert {info.state for info in served.store.collections()} == {READY, BUILDING}
    assert served.store.require_active()[0].name == old
    new = served.store.build(described(), LEAVES)
    assert_in_use(served, new)
    assert served.names() == {new}


def test_collections_of_others_are_left_alone(place: Place) -> None:
    foreign = {"products", "isco_occupations", "isco_occupations_backup", "isco_occupations__mine"}
    prefix = f"theirs_{uuid.uuid4().hex}_" if place.mode in REAL_MODES else ""
    foreign = {name if name.startswith("isco") else prefix + name for name in foreign}
    foreign -= {place.settings.qdrant.alias}
    for name in foreign:
        place.client.create_collection(
            name,
            vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT),
            metadata=described().to_payload(BUILDING),
        )
    ours = [place.store.build(described(), LEAVES) for _ in range(3)]
    assert foreign <= place.names()
    assert {info.name for info in place.store.collections()} == set(ours[1:])


def test_a_taxonomy_in_use_under_another_alias_is_left_alone(place: Place) -> None:
    other = place.settings.qdrant.model_copy(
        update={"alias": f"{place.settings.qdrant.alias}_de", "keep_collections": 1}
    )
    neighbour = OccupationStore(place.settings.model_copy(update={"qdrant": other}), place.client)
    theirs = neighbour.build(described(language="de"), LEAVES)
    for _ in range(3):
        place.store.build(described(), LEAVES)
    assert neighbour.require_active()[0].name == theirs
    ours = place.store.require_active()[0].name
    neighbour.build(described(language="de"), LEAVES)
    assert_in_use(place, ours)


def test_an_alias_on_something_else_asks_for_a_new_ingest(place: Place) -> None:
    name = f"handmade_{uuid.uuid4().hex}"
    alias = place.settings.qdrant.alias
    place.client.create_collection(
        name, vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT)
    )
    operation = models.CreateAlias(collection_name=name, alias_name=alias)
    place.client.update_collection_aliases([models.CreateAliasOperation(create_alias=operation)])
    with pytest.raises(UnavailableError, match="run isco ingest again") as caught:
        place.store.require_active()
    assert name in str(caught.value)
    assert alias in str(caught.value)
    built = place.store.build(described(), LEAVES)
    assert_in_use(place, built)
    assert name in place.names()


def test_the_alias_is_swapped_in_one_request(served: Place, double: QdrantDouble) -> None:
    served.store.build(described(), LEAVES)
    double.requests.clear()
    served.store.build(described(), LEAVES)
    assert double.requests.count(Request("POST", "/collections/aliases")) == 1


def test_nothing_is_deleted_before_the_alias_is_swapped(
    served: Place, double: QdrantDouble
) -> None:
    old = served.store.build(described(), LEAVES)
    double.requests.clear()
    served.store.build(described(), LEAVES)
    swap = double.requests.index(Request("POST", "/collections/aliases"))
    assert swap < double.requests.index(Request("DELETE", f"/collections/{old}"))


def test_a_build_stays_when_the_store_is_closed_and_opened(
    settings_for: Callable[..., Settings],
) -> None:
    settings = settings_for("local")
    with OccupationStore(settings) as store:
        name = store.build(described(), LEAVES)
    with OccupationStore(settings) as store:
        info, metadata = store.require_active()
        assert (info.name, info.points, metadata) == (name, len(LEAVES), described())
        assert len(store.read_indexed(name)) == len(LEAVES)


# --- the embedding model ---


@pytest.mark.parametrize(
    "other", [("e5-large", "1", DIMENSION), ("intfloat/E5_small", "2", DIMENSION)]
)
def test_queries_of_another_model_are_refused_with_both_names(other: tuple[str, str, int]) -> None:
    with pytest.raises(ModelMismatchError) as caught:
        described().require_model(*other)
    assert "intfloat/E5_small@1" in str(caught.value)
    assert f"{other[0]}@{other[1]}" in str(caught.value)
    assert caught.value.exit_code == 3


def test_queries_of_another_dimension_are_refused_with_both_dimensions() -> None:
    with pytest.raises(ModelMismatchError, match=r"\(8 dimensions\).*\(16\)"):
        described().require_model("intfloat/E5_small", "1", 16)


def test_queries_of_the_same_model_are_welcome() -> None:
    described().require_model("intfloat/E5_small", "1", DIMENSION)


@pytest.mark.parametrize("payload", [None, {}, {"schema_version": 2}, {"schema_version": 99}])
def test_metadata_of_others_is_not_taken_for_ours(payload: dict[str, Any] | None) -> None:
    assert CollectionMetadata.from_payload(payload) is None


# --- a server in trouble ---

PASSING = {
    "500": {"status": 500},
    "503": {"status": 503},
    "429": {"status": 429},
    "429 for two seconds": {"status": 429, "headers": {"Retry-After": "2"}},
    "429 until a date": {
        "status": 429,
        "headers": {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"},
    },
}
ASKED = {
    "aliases": ("GET", "/aliases"),
    "list": ("GET", "/collections"),
    "look": ("GET", "/collections/[^/]+"),
    "create": ("PUT", "/collections/[^/]+"),
    "index": ("PUT", ".*/index"),
    "upsert": ("PUT", ".*/points"),
    "count": ("POST", ".*/points/count"),
    "query": ("POST", ".*/points/query"),
    "ready": ("PATCH", "/collections/[^/]+"),
    "swap": ("POST", "/collections/aliases"),
    "prune": ("DELETE", "/collections/[^/]+"),
}


@pytest.mark.parametrize("refusal", PASSING)
def test_a_build_survives_a_passing_refusal_of_every_kind_of_request(
    served: Place, double: QdrantDouble, pauses: list[float], refusal: str
) -> None:
    old = served.store.build(described(), LEAVES)
    double.faults = [
        answer_with(**PASSING[refusal], method=method, path=path) for method, path in ASKED.values()
    ]
    new = served.store.build(described(), LEAVES)
    assert double.faults == []
    assert len(pauses) == len(ASKED)
    assert old not in served.names()
    assert_in_use(served, new)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("lose", [lose_answer, cut_connection])
def test_work_whose_answer_was_lost_twice_counts_as_done(
    served: Place,
    double: QdrantDouble,
    pauses: list[float],
    lose: Callable[..., Fault],
    asked: str,
) -> None:
    old = served.store.build(described(), LEAVES)
    method, path = ASKED[asked]
    double.faults = [lose(method=method, path=path, times=2)]
    new = served.store.build(described(), LEAVES)
    assert double.faults == []
    assert len(pauses) == 2
    assert old not in served.names()
    assert_in_use(served, new)


def test_reading_survives_trouble_that_passes(served: Place, double: QdrantDouble) -> None:
    name = served.store.build(described(), LEAVES)
    double.faults = [cut_connection(path=".*/scroll"), answer_with(503, path=".*/scroll")]
    assert len(served.store.read_indexed(name)) == len(LEAVES)
    assert double.faults == []


@pytest.mark.parametrize(("asked", "waited"), [("7", 7.0), ("3600", LONGEST_PAUSE)])
def test_a_server_may_ask_for_a_longer_pause_up_to_the_cap(
    served: Place, double: QdrantDouble, pauses: list[float], asked: str, waited: float
) -> None:
    double.faults = [answer_with(429, {"Retry-After": asked})]
    assert served.store.active() is None
    assert pauses == [waited]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (answer_with(503, times=99), "answered 503 after 4 attempts: .*made to answer 503"),
        (answer_with(429, {"Retry-After": "1"}, times=99), "overloaded after 4 attempts"),
        (cut_connection(times=99), "can't be reached after 4 attempts.*docker compose up -d"),
    ],
    ids=["503", "429", "cut"],
)
def test_trouble_that_does_not_pass_is_one_error_after_the_configured_attempts(
    served: Place, double: QdrantDouble, pauses: list[float], fault: Fault, said: str
) -> None:
    double.faults = [replace(fault)]
    with pytest.raises(UnavailableError, match=said) as caught:
        served.store.active()
    assert double.url in str(caught.value)
    assert len(double.requests) == RETRIES + 1
    assert len(pauses) == RETRIES


def test_a_build_that_fails_at_the_server_leaves_the_old_one_in_use(
    served: Place, double: QdrantDouble
) -> None:
    old = served.store.build(described(), LEAVES)
    double.faults = [answer_with(503, method="PUT", path=".*/points", times=RETRIES + 1)]
    with pytest.raises(UnavailableError, match="answered 503"):
        served.store.build(described(), LEAVES)
    assert_in_use(served, old)
    assert served.names() == {old}


def test_a_server_that_is_down_is_waited_for_in_growing_capped_pauses(
    served: Place,
    double: QdrantDouble,
    pauses: list[float],
    settings_for: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.0)
    double.close()
    settings = settings_for("server", double.url, qdrant__retries=7)
    with (
        OccupationStore(settings) as store,
        pytest.raises(UnavailableError, match="can't be reached after 8 attempts") as caught,
    ):
        store.active()
    assert pauses == [0.5, 1, 2, 4, 8, LONGEST_PAUSE, LONGEST_PAUSE]
    for word in (double.url, "docker compose up -d", "qdrant.url"):
        assert word in str(caught.value)
    assert caught.value.exit_code == 3


def test_pauses_are_shortened_at_random_by_up_to_a_half(
    served: Place, double: QdrantDouble, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([1.0, 0.5, 0.0])
    monkeypatch.setattr(random, "random", lambda: next(drawn))
    double.faults = [answer_with(503, times=3)]
    assert served.store.active() is None
    assert pauses == [0.25, 0.75, 2.0]


def test_without_retries_the_first_failure_is_the_last(
    double: QdrantDouble, pauses: list[float], settings_for: Callable[..., Settings]
) -> None:
    double.faults = [answer_with(503)]
    settings = settings_for("server", double.url, qdrant__retries=0)
    with OccupationStore(settings) as store, pytest.raises(UnavailableError, match="503: "):
        store.active()
    assert (len(double.requests), pauses) == (1, [])


@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_refused_key_is_told_at_once(
    double: QdrantDouble,
    pauses: list[float],
    settings_for: Callable[..., Settings],
    key: str | None,
) -> None:
    double.keys.full = "right"
    with (
        OccupationStore(keyed(settings_for("server", double.url), api_key=key)) as store,
        pytest.raises(UnavailableError, match="ISCO_QDRANT__API_KEY") as caught,
    ):
        store.active()
    assert "right" not in str(caught.value)
    assert "wrong" not in str(caught.value)
    assert (len(double.requests), pauses) == (1, [])


def test_the_right_key_opens_the_server(
    double: QdrantDouble, settings_for: Callable[..., Settings]
) -> None:
    double.keys.full = "right"
    with OccupationStore(keyed(settings_for("server", double.url), api_key="right")) as store:
        assert store.active() is None


def test_a_wrong_request_is_not_repeated(
    served: Place, double: QdrantDouble, pauses: list[float]
) -> None:
    with pytest.raises(UnavailableError, match=r"answered 404: .*nowhere"):
        served.store.read_indexed("nowhere")
    assert (len(double.requests), pauses) == (1, [])


def test_points_that_a_server_loses_silently_are_noticed(
    served: Place, double: QdrantDouble
) -> None:
    old = served.store.build(described(), LEAVES)
    double.faults = [change_points(lambda points: points[:-1])]
    with pytest.raises(UnavailableError, match="holds 4 points instead of 5"):
        served.store.build(described(), LEAVES)
    assert double.faults == []
    assert_in_use(served, old)


@pytest.mark.parametrize("vector", ["dense", "labels", "lexical"])
def test_vectors_that_arrive_garbled_are_noticed(
    served: Place, double: QdrantDouble, vector: str
) -> None:
    def garble(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
        own = points[0]["vector"]
        if vector == "dense":
            garbled: Any = [-value for value in own["dense"]]
        elif vector == "labels":
            garbled = [[-value for value in row] for row in own["labels"]]
        else:
            garbled = {"indices": [4], "values": [1.0]}
        return [{**points[0], "vector": {**own, vector: garbled}}, *points[1:]]

    old = served.store.build(described(), LEAVES)
    double.faults = [change_points(garble)]
    said = f"does not find {point_id(LEAVES[0].leaf.uri)} by its own '{vector}'"
    with pytest.raises(UnavailableError, match=said):
        served.store.build(described(), LEAVES)
    assert_in_use(served, old)


def test_an_address_that_is_none_is_named(settings_for: Callable[..., Settings]) -> None:
    with pytest.raises(ConfigError, match=r"qdrant\.url 'ftp://somewhere'"):
        OccupationStore(settings_for("server", "ftp://somewhere"))


# --- the embedded folder ---


def test_a_folder_in_use_by_another_process_is_told_after_the_configured_attempts(
    settings_for: Callable[..., Settings], pauses: list[float]
) -> None:
    settings = settings_for("local")
    with OccupationStore(settings):
        with pytest.raises(UnavailableError, match="in use by another process") as caught:
            OccupationStore(settings)
        assert len(pauses) == RETRIES
    assert str(settings.qdrant_path) in str(caught.value)
    assert "docker compose up -d" in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_folder_that_is_released_meanwhile_opens(
    settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for("local")
    neighbour = open_client(settings)
    monkeypatch.setattr("isco.core.retries.time.sleep", lambda _: neighbour.close())
    with OccupationStore(settings) as store:
        assert store.active() is None


def test_a_path_that_is_a_file_is_told_in_words(
    settings_for: Callable[..., Settings], tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UnavailableError, match=f"{re.escape(str(file))} can't be used"):
        OccupationStore(settings_for("local", qdrant__path=file))


@pytest.mark.parametrize("broken", ["meta.json", "collection/*/storage.sqlite"])
def test_a_broken_folder_is_told_in_words(
    settings_for: Callable[..., Settings], broken: str
) -> None:
    settings = settings_for("local")
    with OccupationStore(settings) as store:
        store.build(described(), LEAVES)
    (file,) = settings.qdrant_path.glob(broken)
    file.write_bytes(b'{"no database')
    with pytest.raises(UnavailableError, match=re.escape(str(settings.qdrant_path))):
        OccupationStore(settings)


# --- the contract that the double is held to ---


def test_all_that_is_said_to_a_server_and_back_follows_its_contract(
    served: Place, double: QdrantDouble, shared_data: Callable[[str, str], Path]
) -> None:
    shared_data(
        f"contracts/{CONTRACT.name}",
        "the requests of isco.store, and the double's answers, follow Qdrant's OpenAPI description",
    )
    for _ in range(2):
        name = served.store.build(described(), LEAVES)
    served.store.read_indexed(name)
    asked = {(method, path) for method, path in double.requests}
    for method, path in ASKED.values():
        assert any(method == one and re.fullmatch(path, other) for one, other in asked)
    assert double.judged == 2 * len(double.requests)
    assert double.violations == []


@pytest.mark.parametrize(
    ("method", "target", "body", "said"),
    [
        ("PUT", "/collections/c", '{"vectros": {}}', "'vectros' was unexpected"),
        ("PUT", "/collections/c", '{"vectors": null}', "None is not valid"),
        ("PUT", "/collections/c", "", "must have a body"),
        ("GET", "/aliases", "{}", "must not have a body"),
        ("POST", "/collections/c/points/count", '{"exact": "yes"}', "is not of type 'boolean'"),
        ("POST", "/collections/c/points/count?tiemout=1", "{}", "unknown parameter 'tiemout'"),
        ("POST", "/collections/c/points/query", '{"using": 5}', "5 is not of type"),
        ("GET", "/aliasses", "", "is not in the contract"),
    ],
)
def test_the_double_notices_what_breaks_the_contract(
    shared_data: Callable[[str, str], Path], method: str, target: str, body: str, said: str
) -> None:
    contract = shared_data(f"contracts/{CONTRACT.name}", "the double notices broken requests")
    with QdrantDouble(contract) as server:
        httpx.request(method, server.url + target, content=body.encode())
        assert any(said in violation for violation in server.violations), server.violations


def test_the_double_works_without_its_contract(
    settings_for: Callable[..., Settings], tmp_path: Path
) -> None:
    with QdrantDouble(tmp_path / "absent.json") as server:
        settings = settings_for("server", server.url)
        with OccupationStore(settings) as store:
            name = store.build(described(), LEAVES)
            assert store.require_active()[0].name == name
        assert server.judged == 0


@pytest.mark.parametrize("name", isco.core.store.__all__)
def test_every_name_that_the_store_offers_is_there(name: str) -> None:
    offered = getattr(isco.core.store, name)
    assert getattr(offered, "__name__", name) == name
